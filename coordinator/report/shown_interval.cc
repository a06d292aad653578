#include "coordinator/report/shown_interval.h"

#include <cmath>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "coordinator/text/latency_text.h"

namespace invocator {
namespace {

constexpr const char* kNames[] = {"p50", "p90", "p99", "p99_9", "p99_99"};
constexpr const char* kWords[] = {"p50", "p90", "p99", "p99.9", "p99.99"};
static_assert(std::size(kNames) == kShownRatios.size() &&
              std::size(kWords) == kShownRatios.size());

absl::string_view UnknownName(Unknown unknown) {
  switch (unknown) {
    case Unknown::kNothing:
      return "";
    case Unknown::kNoCalls:
      return "no_calls";
    case Unknown::kExtreme:
      return "extreme";
    case Unknown::kFewBins:
      return "few_bins";
    case Unknown::kMemory:
      return "memory";
    case Unknown::kFewCalls:
      return "few_calls";
  }
  return "";
}

Json OrNull(const std::optional<double>& value, double unit) {
  return value ? Json(*value / unit) : Json();
}

// Fewer than 30 bins have none.
bool HasThirds(const Steadiness& steadiness) {
  return steadiness.first_third_ns > 0;
}

absl::string_view SteadyLabel(Steady steady) {
  switch (steady) {
    case Steady::kYes:
      return "steady       ";
    case Steady::kNo:
      return "NOT STEADY   ";
    case Steady::kTooShort:
      break;
  }
  return "steady?      ";
}

// Estimate and interval of a number; all null without calls.
Json EstimateJson(const Interval& interval) {
  const bool has_calls = interval.unknown != Unknown::kNoCalls;
  const auto us = [](const std::optional<double>& ns) {
    return ns ? Json(*ns / 1e3) : Json();
  };
  return {{"estimate_us", has_calls ? Json(interval.estimate / 1e3) : Json()},
          {"low_us", us(interval.low)},
          {"high_us", us(interval.high)}};
}

std::string SteadyWords(const Steadiness& steadiness) {
  const auto ns = [](double value) {
    return FormatLatency(std::llround(value));
  };
  const Interval& change = steadiness.change;
  std::string evidence = absl::StrCat(
      "median response ", ns(steadiness.first_third_ns),
      " in the first third, ", ns(steadiness.last_third_ns),
      " in the last: ", absl::StrFormat("%+.1f %%", 100 * change.estimate));
  if (change.IsKnown()) {
    absl::StrAppendFormat(&evidence, " (%+.1f .. %+.1f)", 100 * *change.low,
                          100 * *change.high);
  }
  return evidence;
}

}  // namespace

std::string LatencyRange(const Interval& interval) {
  if (!interval.low && !interval.high) return "";
  const LatencyUnit unit = LatencyUnitOf(interval.estimate);
  const auto end = [&unit](const std::optional<double>& ns) {
    return ns ? ThreeDigits(*ns / unit.ns) : "?";
  };
  return absl::StrCat(end(interval.low), "..", end(interval.high));
}

std::string UnknownText(const Interval& interval) {
  switch (interval.unknown) {
    case Unknown::kFewCalls:
      return absl::StrCat("needs about ", interval.needed_calls, " calls");
    case Unknown::kFewBins:
      return "too few bins have calls";
    case Unknown::kMemory:
      return "the run is shorter than its own memory";
    case Unknown::kNoCalls:
      return "no calls";
    case Unknown::kNothing:
    case Unknown::kExtreme:
      break;
  }
  return "";
}

std::string IntervalRow(const LatencyIntervals& intervals) {
  std::string row =
      absl::StrFormat("%-12s %10s", "  95 %", LatencyRange(intervals.mean));
  bool any = intervals.mean.low || intervals.mean.high;
  for (const Interval& percentile : intervals.percentiles) {
    any = any || percentile.low || percentile.high;
    absl::StrAppendFormat(&row, " %10s", LatencyRange(percentile));
  }
  return any ? row + "\n" : "";
}

std::string IntervalLines(const RunIntervals& intervals, double warmup_s) {
  std::string text;
  const Interval& median = intervals.response.percentiles[0];
  if (median.unknown != Unknown::kNothing &&
      median.unknown != Unknown::kFewCalls) {
    text = absl::StrCat("95 %         not known: ", UnknownText(median), "\n");
  } else {
    std::vector<std::string> unknown;
    for (size_t i = 0; i < kShownRatios.size(); ++i) {
      const Interval& percentile = intervals.response.percentiles[i];
      if (percentile.IsKnown()) continue;
      // "p99 needs about 2903 calls, p99.9 29161"
      unknown.push_back(absl::StrCat(
          kWords[i], " ",
          unknown.empty() || percentile.unknown != Unknown::kFewCalls
              ? UnknownText(percentile)
              : absl::StrCat(percentile.needed_calls)));
    }
    if (!unknown.empty()) {
      text = absl::StrCat(
          "not known    of the response: ", absl::StrJoin(unknown, ", "), "\n");
    }
  }
  const Steadiness& steadiness = intervals.steadiness;
  if (!HasThirds(steadiness)) return text;
  absl::StrAppend(&text, SteadyLabel(steadiness.steady),
                  SteadyWords(steadiness), "\n");
  if (steadiness.steady == Steady::kNo && steadiness.warmup_s.value_or(0) > 0) {
    absl::StrAppend(&text, "             settled with a warmup_in_seconds of ",
                    warmup_s + *steadiness.warmup_s, "\n");
  }
  return text;
}

std::string VersionChangeLine(const VersionChange& change) {
  const bool is_share = change.subject.is_share;
  const auto value = [is_share](double v) {
    return is_share ? absl::StrFormat("%.2f %%", v)
                    : FormatLatency(std::llround(v));
  };
  const bool in_points = is_share || !change.change.relative;
  const Interval& shown =
      in_points ? change.change.difference : *change.change.relative;
  const double scale = is_share ? 1 : in_points ? 1e-6 : 100;
  const auto end = [scale](const std::optional<double>& v) {
    return v ? absl::StrFormat("%+.2f", *v * scale) : "?";
  };
  std::string line = absl::StrFormat(
      "  %-14s %10s to %-10s %s %s", SubjectText(change.subject),
      value(change.before), value(change.after), end(shown.estimate),
      is_share    ? "pp"
      : in_points ? "ms"
                  : "%");
  if (shown.low || shown.high) {
    absl::StrAppend(&line, " (", end(shown.low), " .. ", end(shown.high), ")");
  }
  const std::string why = UnknownText(shown);
  return absl::StrCat(line, why.empty() ? "" : ", ", why, "\n");
}

Json GoalJson(const PrecisionResult& result) {
  Interval nothing;
  nothing.unknown = Unknown::kNoCalls;
  Json json = EstimateJson(result.looks.empty() ? nothing
                                                : result.looks.back().interval);
  json["goal"] = GoalText(result.goal);
  json["known"] = result.known();
  json["looks"] = Json::array();
  for (const PrecisionLook& look : result.looks) {
    Json& entry = json["looks"].emplace_back(EstimateJson(look.interval));
    entry["at_s"] = look.at_s;
    entry["within"] = look.within;
  }
  return json;
}

Json VersionChangeJson(const VersionChange& change,
                       const std::string& instance) {
  const double unit = change.subject.is_share ? 1 : 1e3;
  const auto with_estimate = [](const Interval& interval, double by) {
    Json json = IntervalJson(interval, by);
    json["estimate"] = interval.estimate / by;
    return json;
  };
  Json json = {{"instance", instance},
               {"subject", SubjectText(change.subject)},
               {"before", change.before / unit},
               {"after", change.after / unit},
               {"difference", with_estimate(change.change.difference, unit)}};
  if (change.change.relative) {
    json["relative"] = with_estimate(*change.change.relative, 1);
  }
  return json;
}

Json IntervalJson(const Interval& interval, double unit) {
  Json json = {{"low", OrNull(interval.low, unit)},
               {"high", OrNull(interval.high, unit)},
               {"effective_n", interval.effective_n}};
  if (interval.unknown != Unknown::kNothing) {
    json["unknown"] = std::string(UnknownName(interval.unknown));
  }
  if (interval.unknown == Unknown::kFewCalls) {
    json["needed_calls"] = interval.needed_calls;
  }
  return json;
}

Json LatencyIntervalsJson(const LatencyIntervals& intervals) {
  constexpr double kUs = 1e3;
  Json json = {{"mean", IntervalJson(intervals.mean, kUs)}};
  for (size_t i = 0; i < kShownRatios.size(); ++i) {
    json[kNames[i]] = IntervalJson(intervals.percentiles[i], kUs);
  }
  return json;
}

Json SteadinessJson(const Steadiness& steadiness, double warmup_s) {
  Json json = {{"state", steadiness.steady == Steady::kYes  ? "steady"
                         : steadiness.steady == Steady::kNo ? "not steady"
                                                            : "too short"},
               {"bins", steadiness.bins}};
  if (HasThirds(steadiness)) {
    json["first_third_us"] = steadiness.first_third_ns / 1e3;
    json["last_third_us"] = steadiness.last_third_ns / 1e3;
    const Interval& change = steadiness.change;
    json["change"] = {{"estimate", change.estimate},
                      {"low", OrNull(change.low, 1)},
                      {"high", OrNull(change.high, 1)}};
  }
  if (steadiness.warmup_s) {
    json["warmup_in_seconds"] = warmup_s + *steadiness.warmup_s;
  }
  return json;
}

}  // namespace invocator
