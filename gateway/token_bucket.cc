#include "gateway/token_bucket.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace invocator {
namespace {

constexpr double kMaxRatePerS = 1e9;

}  // namespace

absl::StatusOr<RateLimit> ParseRateLimit(absl::string_view text) {
  std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits(':', 1));
  RateLimit limit;
  bool valid = absl::ConsumeSuffix(&parts.first, "/s") &&
               absl::SimpleAtod(parts.first, &limit.rate_per_s) &&
               limit.rate_per_s > 0 && limit.rate_per_s <= kMaxRatePerS;
  limit.burst = std::max(limit.rate_per_s, 1.0);
  if (parts.second.data() != nullptr && !parts.second.empty()) {
    valid = valid && absl::SimpleAtod(parts.second, &limit.burst) &&
            limit.burst >= 1 && limit.burst <= kMaxRatePerS;
  } else if (absl::EndsWith(text, ":")) {
    valid = false;
  }
  if (!valid) {
    return absl::InvalidArgumentError(
        absl::StrCat("throttle '", text,
                     "': expected 100/s, or 100/s:50 with the bucket's size"));
  }
  return limit;
}

bool TokenBucket::Take(int64_t now_ns) {
  double elapsed_s = static_cast<double>(now_ns - filled_ns_) * 1e-9;
  filled_ns_ = now_ns;
  tokens_ = std::min(limit_.burst, tokens_ + elapsed_s * limit_.rate_per_s);
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

}  // namespace invocator
