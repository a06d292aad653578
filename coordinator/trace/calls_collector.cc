#include "coordinator/trace/calls_collector.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/arrivals/arrival_spec.h"

namespace invocator {

absl::StatusOr<CallsCollector> CallsCollector::Create(
    const FunctionCensus& census, const std::vector<uint32_t>& chosen,
    int64_t bins) {
  if (chosen.size() * static_cast<uint64_t>(bins) > kMostCollectedBins) {
    return absl::ResourceExhaustedError(
        absl::StrCat(chosen.size(), " functions of ", bins,
                     " bins are more than ", kMostCollectedBins,
                     " bins in all, expected fewer functions or "
                     "minutes"));
  }
  return CallsCollector(census, chosen, bins);
}

CallsCollector::CallsCollector(const FunctionCensus& census,
                               const std::vector<uint32_t>& chosen,
                               int64_t bins)
    : census_(census),
      places_(census.functions().size(), kNotChosen),
      counts_(chosen.size(), std::vector<uint32_t>(static_cast<size_t>(bins))),
      names_(chosen.size()) {
  for (size_t i = 0; i < chosen.size(); ++i) {
    places_[chosen[i]] = static_cast<uint32_t>(i);
  }
}

absl::StatusOr<uint32_t> CallsCollector::NumberOf(absl::string_view name) {
  const std::optional<uint32_t> function = census_.KnownNumberOf(name);
  if (!function) {
    return absl::AbortedError("trace has changed while it was read");
  }
  const uint32_t place = places_[*function];
  if (place != kNotChosen && names_[place].empty()) {
    names_[place] = absl::StrReplaceAll(
        name, {{absl::string_view(&kNameSeparator, 1), "/"}});
  }
  return *function;
}

std::optional<uint32_t> CallsCollector::KnownNumberOf(
    absl::string_view name) const {
  return census_.KnownNumberOf(name);
}

void CallsCollector::Calls(uint32_t function, int64_t bin, uint32_t calls) {
  const uint32_t place = places_[function];
  if (place == kNotChosen || bin < 0) return;
  std::vector<uint32_t>& counts = counts_[place];
  const auto at = static_cast<size_t>(bin);
  if (at >= counts.size()) return;
  if (calls > kMaxCallsAtOnce - counts[at]) {
    status_ = absl::OutOfRangeError(
        absl::StrCat("function has more than ", kMaxCallsAtOnce,
                     " calls in bin ", bin, " of the window"));
    return;
  }
  counts[at] += calls;
}

uint64_t CallsCollector::PeakCalls() const {
  uint64_t peak = 0;
  const size_t bins = counts_.empty() ? 0 : counts_.front().size();
  for (size_t bin = 0; bin < bins; ++bin) {
    uint64_t sum = 0;
    for (const auto& counts : counts_) sum += counts[bin];
    peak = std::max(peak, sum);
  }
  return peak;
}

}  // namespace invocator
