#include "coordinator/review/change_judgement.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/words/foreign_text.h"
#include "coordinator/report/run_judgement.h"
#include "coordinator/report/shown_interval.h"
#include "coordinator/report/threshold_text.h"
#include "coordinator/statistics/difference.h"
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

// Sets the range, and whether all of it is beyond the limit.
void JudgeKnown(const KnownChange& change, ChangeResult& result) {
  const ChangeLimit& limit = result.limit;
  const Interval& difference = change.difference;
  const auto& near = limit.is_rise ? difference.low : difference.high;
  result.is_beyond =
      near && IsBeyond(limit, change.before, change.before + *near);
  result.range = ChangeRange(change, limit.unit == ChangeUnit::kPoints);
  const std::string why = UnknownText(difference);
  if (!why.empty()) absl::StrAppend(&result.range, ", ", why);
}

ChangeResult JudgeChange(const ChangeLimit& limit,
                         absl::Span<const KeptRun> runs) {
  ChangeResult result;
  result.limit = limit;
  result.is_beyond = true;
  const size_t last = runs.size() - 1;
  std::vector<ThresholdResult> values;
  for (const KeptRun& run : runs) {
    values.push_back(ValueIn(run, limit.subject));
  }
  bool has_all = true;
  for (size_t i = 0; i < last; ++i) {
    std::string why =
        WhyNoData(values[i], values[last], runs[i], runs[last], i, last);
    has_all = has_all && why.empty();
    if (why.empty()) {
      result.is_beyond = result.is_beyond &&
                         IsBeyond(limit, *values[i].value, *values[last].value);
      why = ChangeText(limit, values[i], values[last]);
    }
    result.changes.push_back(std::move(why));
  }
  if (!has_all) return result;
  if (const auto change = KnownChangeOf(values)) JudgeKnown(*change, result);
  return result;
}

}  // namespace

std::optional<KnownChange> KnownChangeOf(
    absl::Span<const ThresholdResult> results) {
  std::vector<Interval> intervals;
  KnownChange change;
  for (const ThresholdResult& result : results) {
    if (!result.value || !result.interval) return std::nullopt;
    Interval interval = *result.interval;
    // The bins leave out parts of bins at the warm-up's end.
    interval.estimate = *result.value;
    intervals.push_back(interval);
    change.before += *result.value;
  }
  const Interval last = intervals.back();
  intervals.pop_back();
  change.before =
      (change.before - last.estimate) / static_cast<double>(intervals.size());
  change.difference = DifferenceFromBaselines(intervals, last);
  return change;
}

std::string ChangeRange(const KnownChange& change, bool in_points) {
  if (!in_points && change.before == 0) return "from zero";
  const double scale = in_points ? 1 : 100 / change.before;
  const auto end = [scale](const std::optional<double>& value) {
    return value
               ? absl::StrFormat("%+.*f", std::abs(*value * scale) < 10 ? 2 : 1,
                                 *value * scale)
               : "?";
  };
  return absl::StrCat(end(change.difference.low), " .. ",
                      end(change.difference.high), in_points ? " pp" : " %");
}

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
    if (!result.range.empty()) {
      absl::StrAppend(&text, "             ", PadRight("", width),
                      "  95 %: ", result.range, "\n");
    }
  }
  return text;
}

std::string ComparedName(size_t index) {
  return absl::StrCat("run ", index + 1);
}

}  // namespace invocator
