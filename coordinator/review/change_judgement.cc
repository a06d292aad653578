#include "coordinator/review/change_judgement.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/words/foreign_text.h"
#include "coordinator/report/run_judgement.h"
#include "coordinator/report/threshold_text.h"
#include "coordinator/text/display_width.h"

namespace invocator {
namespace {

ThresholdResult ValueIn(const KeptRun& run, const Threshold& subject) {
  WorkloadThresholds thresholds;
  thresholds.run = {subject};
  return JudgeRun(thresholds, run.report).front();
}

std::string ChangeText(const ChangeLimit& limit, const ThresholdResult& before,
                       const ThresholdResult& after) {
  const double change = *after.value - *before.value;
  std::string text;
  if (limit.unit == ChangeUnit::kPoints) {
    text = absl::StrFormat("%+.6g pp", change);
  } else if (*before.value != 0) {
    text = absl::StrFormat("%+.6g %%", 100 * change / *before.value);
  } else {
    text = change == 0 ? "no change" : "from zero";
  }
  return absl::StrCat(text, ", ", ValueText(before), " to ", ValueText(after));
}

std::string CurrencyOf(const KeptRun& run) {
  return run.report.cost ? run.report.cost->currency : "";
}

// Reason that a change cannot be computed; empty if it can.
std::string WhyNoData(const ThresholdResult& before,
                      const ThresholdResult& after, const KeptRun& earlier,
                      const KeptRun& later, size_t index, size_t last) {
  for (const auto& [result, at] :
       {std::pair(&before, index), std::pair(&after, last)}) {
    if (result->value) continue;
    return absl::StrCat("no data: ", MeasuredText(*result), " in ",
                        ComparedName(at));
  }
  if (before.threshold.metric.kind == MetricKind::kCost &&
      CurrencyOf(earlier) != CurrencyOf(later)) {
    return absl::StrCat("no data: ", CleanLine(CurrencyOf(earlier)), " and ",
                        CleanLine(CurrencyOf(later)), " do not compare");
  }
  return "";
}

ChangeResult JudgeChange(const ChangeLimit& limit,
                         absl::Span<const KeptRun> runs) {
  ChangeResult result;
  result.limit = limit;
  result.is_beyond = true;
  const size_t last = runs.size() - 1;
  const ThresholdResult after = ValueIn(runs[last], limit.subject);
  for (size_t i = 0; i < last; ++i) {
    const ThresholdResult before = ValueIn(runs[i], limit.subject);
    std::string why = WhyNoData(before, after, runs[i], runs[last], i, last);
    if (why.empty()) {
      result.is_beyond =
          result.is_beyond && IsBeyond(limit, *before.value, *after.value);
      why = ChangeText(limit, before, after);
    }
    result.changes.push_back(std::move(why));
  }
  return result;
}

}  // namespace

std::vector<ChangeResult> JudgeChanges(absl::Span<const ChangeLimit> limits,
                                       absl::Span<const KeptRun> runs) {
  std::vector<ChangeResult> results;
  results.reserve(limits.size());
  for (const ChangeLimit& limit : limits) {
    results.push_back(JudgeChange(limit, runs));
  }
  return results;
}

std::string ChangeLines(const std::vector<ChangeResult>& results) {
  if (results.empty()) return "";
  const auto beyond =
      std::count_if(results.begin(), results.end(),
                    [](const ChangeResult& r) { return r.is_beyond; });
  std::string text =
      absl::StrCat("fail-if      ", beyond, " of ", results.size(), " hold\n");
  size_t width = 0;
  for (const ChangeResult& result : results) {
    width = std::max(width, ChangeLimitText(result.limit).size());
  }
  for (const ChangeResult& result : results) {
    for (size_t i = 0; i < result.changes.size(); ++i) {
      absl::StrAppendFormat(
          &text, "  %-6s     %s  from %s: %s\n",
          i > 0              ? ""
          : result.is_beyond ? "HOLDS"
                             : "no",
          PadRight(i > 0 ? "" : ChangeLimitText(result.limit), width),
          ComparedName(i), result.changes[i]);
    }
  }
  return text;
}

std::string ComparedName(size_t index) {
  return absl::StrCat("run ", index + 1);
}

}  // namespace invocator
