#include "coordinator/progress/progress_view.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/result/outcome.h"
#include "coordinator/progress/recent_activity.h"
#include "coordinator/text/display_width.h"
#include "coordinator/text/latency_text.h"

namespace invocator {
namespace {

constexpr size_t kLabelColumns = 9;
// A narrower window gets its values right behind the labels.
constexpr size_t kNarrowColumns = 40;
constexpr size_t kMaxBarColumns = 40;
constexpr size_t kMinBarColumns = 8;

// " 7.5 / 60.0 s [#####---------]  12 %", in `columns`.
std::string ClockLine(const ProgressFacts& facts, size_t columns) {
  const double done =
      facts.duration_s > 0
          ? std::clamp(facts.elapsed_s / facts.duration_s, 0.0, 1.0)
          : 1.0;
  // The same width from the start to the end of the run.
  const std::string all = absl::StrFormat("%.1f", facts.duration_s);
  const std::string now = absl::StrFormat("%.1f", facts.elapsed_s);
  const std::string clock =
      absl::StrCat(PadLeft(now, all.size()), " / ", all, " s");
  const std::string share = absl::StrFormat("%3.0f %%", done * 100);
  const size_t taken = clock.size() + share.size() + 4;
  if (columns < taken + kMinBarColumns) return absl::StrCat(clock, " ", share);
  const size_t bar = std::min(columns - taken, kMaxBarColumns);
  const auto full = static_cast<size_t>(done * static_cast<double>(bar));
  return absl::StrCat(clock, " [", std::string(full, '#'),
                      std::string(bar - full, '-'), "] ", share);
}

std::string RateText(const ProgressFacts& facts) {
  return absl::StrFormat(
      "%s sent, %.1f/s planned; %d of %d",
      facts.sent_per_s ? absl::StrFormat("%.1f/s", *facts.sent_per_s) : "-",
      facts.planned_per_s, facts.sent, facts.planned);
}

std::string ResponseText(const ProgressFacts& facts) {
  const auto text = [](const ShownLatency& latency) {
    return absl::StrCat(FormatLatency(latency.p50_ns), " p50, ",
                        FormatLatency(latency.p99_ns), " p99");
  };
  std::string shown = facts.recent_response
                          ? absl::StrCat(text(*facts.recent_response), " last ",
                                         RecentActivity::kSpanS, " s")
                          : "-";
  if (facts.response) {
    absl::StrAppend(&shown, "; ", text(*facts.response), " so far");
  }
  return shown;
}

std::string OutcomesText(const ProgressFacts& facts) {
  std::vector<std::string> parts;
  for (size_t i = 0; i < kOutcomes; ++i) {
    const auto outcome = static_cast<Outcome>(i);
    if (facts.outcomes[i] == 0 && outcome != Outcome::kOk) continue;
    parts.push_back(absl::StrCat(facts.outcomes[i], " ", OutcomeName(outcome)));
  }
  if (facts.dropped > 0)
    parts.push_back(absl::StrCat(facts.dropped, " dropped"));
  return absl::StrJoin(parts, ", ");
}

std::string MissedText(const std::vector<std::string>& missed) {
  std::string text = missed[0];
  if (missed.size() > 1) {
    absl::StrAppend(&text, " and ", missed.size() - 1, " more");
  }
  return text;
}

}  // namespace

std::vector<LiveLine> ProgressView(const ProgressFacts& facts,
                                   WindowSize window) {
  // The last column stays free: some terminals wrap when it is filled.
  const size_t columns = std::max<size_t>(window.columns, 2) - 1;
  std::vector<LiveLine> lines;
  const auto add = [&](const char* label, const std::string& text,
                       bool is_alarm = false) {
    const size_t width = window.columns < kNarrowColumns ? 0 : kLabelColumns;
    lines.push_back(
        {absl::StrCat(PadRight(label, width), " ", text), is_alarm});
  };
  lines.push_back({ClockLine(facts, columns)});
  add("rate", RateText(facts));
  add("response", ResponseText(facts));
  add("in flight", absl::StrCat(facts.in_flight));
  add("outcomes", OutcomesText(facts));
  add("lateness", absl::StrCat(FormatLatency(facts.lateness_p99_ns), " p99"));
  const bool has_missed = !facts.missed.empty();
  if (has_missed) add("MISSED", MissedText(facts.missed), /*is_alarm=*/true);
  // One row is for the empty line.
  const size_t most = std::max<size_t>(window.rows, 2) - 1;
  if (lines.size() > most) {
    if (has_missed && most > 1) std::swap(lines[most - 1], lines.back());
    lines.resize(most);
  }
  for (LiveLine& line : lines) {
    line.text = std::string(FirstColumns(line.text, columns));
  }
  return lines;
}

}  // namespace invocator
