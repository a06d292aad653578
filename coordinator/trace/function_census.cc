#include "coordinator/trace/function_census.h"

#include <algorithm>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/sha256.h"

namespace invocator {

std::optional<double> SeenFunction::duration_ms() const {
  if (duration_weight == 0) return std::nullopt;
  const double mean_ms = duration_sum_ms / duration_weight;
  return mean_ms > 0 ? mean_ms : 1.0;
}

FunctionCensus::Key FunctionCensus::KeyOf(absl::string_view name) {
  // A file's author cannot make SHA-256 collide.
  const Sha256Digest digest = Sha256(name);
  Key key;
  std::memcpy(&key.first, digest.data(), sizeof(key.first));
  std::memcpy(&key.second, digest.data() + sizeof(key.first),
              sizeof(key.second));
  return key;
}

absl::StatusOr<uint32_t> FunctionCensus::NumberOf(absl::string_view name) {
  const auto next = static_cast<uint32_t>(functions_.size());
  const auto [entry, is_new] = numbers_.try_emplace(KeyOf(name), next);
  if (!is_new) return entry->second;
  if (next == kMostTraceFunctions) {
    return absl::ResourceExhaustedError(
        absl::StrCat("trace has more than ", kMostTraceFunctions,
                     " functions; is the right column their name?"));
  }
  functions_.emplace_back();
  return next;
}

std::optional<uint32_t> FunctionCensus::KnownNumberOf(
    absl::string_view name) const {
  const auto found = numbers_.find(KeyOf(name));
  if (found == numbers_.end()) return std::nullopt;
  return found->second;
}

void FunctionCensus::Calls(uint32_t function, int64_t bin, uint32_t calls) {
  first_bin_ = std::min(first_bin_, bin);
  last_bin_ = std::max(last_bin_, bin);
  if (bin < 0 || bin >= bins_) {
    calls_outside_ += calls;
  } else {
    functions_[function].calls += calls;
  }
}

void FunctionCensus::Duration(uint32_t function, double ms, double weight) {
  functions_[function].duration_sum_ms += ms * weight;
  functions_[function].duration_weight += weight;
}

void FunctionCensus::LeftOut(absl::string_view reason) {
  const auto found = left_out_.find(reason);
  if (found == left_out_.end()) {
    left_out_.emplace(reason, 1);
  } else {
    ++found->second;
  }
}

std::optional<std::pair<int64_t, int64_t>> FunctionCensus::bins_with_calls()
    const {
  if (first_bin_ > last_bin_) return std::nullopt;
  return std::make_pair(first_bin_, last_bin_);
}

}  // namespace invocator
