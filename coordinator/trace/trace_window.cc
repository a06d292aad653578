#include "coordinator/trace/trace_window.h"

#include <cstdlib>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "common/arrivals/arrival_spec.h"
#include "common/words/decimal.h"

namespace invocator {

int64_t TraceWindow::BinOf(int64_t instant_s, int64_t bin_s) const {
  const int64_t since = instant_s - start_s;
  return since >= 0 ? since / bin_s : -((-since + bin_s - 1) / bin_s);
}

absl::Status TraceWindow::CheckBins(int64_t bin_s) const {
  if (start_s % bin_s != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("--start ", ClockText(start_s),
                     ": the trace counts calls by the minute, expected a whole "
                     "minute"));
  }
  if (Bins(bin_s) > static_cast<int64_t>(kMaxCountBins)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--minutes ", minutes, ": ", Bins(bin_s), " bins of ",
                     bin_s, " s, expected at most ", kMaxCountBins));
  }
  return absl::OkStatus();
}

std::optional<int64_t> ParseClock(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ':');
  constexpr int64_t kSixty = 60;
  if (parts.size() != 3 || parts[0].size() > 6 || parts[1].size() != 2 ||
      parts[2].size() != 2) {
    return std::nullopt;
  }
  int64_t seconds = 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    // Digits only: "1.0" would be a decimal.
    if (!IsDecimal(parts[i]) || absl::string_view::npos != parts[i].find('.')) {
      return std::nullopt;
    }
    const int64_t part = ScaledDecimal(parts[i], 0).value_or(kSixty);
    if (i > 0 && part >= kSixty) return std::nullopt;
    seconds = seconds * kSixty + part;
  }
  if (seconds > kMostTraceStartS) return std::nullopt;
  return seconds;
}

std::string ClockText(int64_t seconds) {
  const int64_t all = std::abs(seconds);
  return absl::StrFormat("%s%02d:%02d:%02d", seconds < 0 ? "-" : "", all / 3600,
                         all / 60 % 60, all % 60);
}

}  // namespace invocator
