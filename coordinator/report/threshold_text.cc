#include "coordinator/report/threshold_text.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/numeric/int128.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/words/foreign_text.h"
#include "common/words/listing.h"
#include "coordinator/report/shown_interval.h"
#include "coordinator/text/display_width.h"
#include "coordinator/text/latency_text.h"

namespace invocator {
namespace {

// Further results become one line; summary.json has all of them.
constexpr size_t kMaxRows = 40;
constexpr size_t kMaxFailingRows = 1000;

int Side(double value, double limit) {
  return static_cast<int>(value > limit) - static_cast<int>(value < limit);
}

// `value` divided by 10^exponent, with three significant digits, or with as
// many more as it takes to distinguish it from the limit; nullopt if that takes
// more than kMostMoreDecimals.
std::optional<std::string> Digits(double value, double limit, int exponent) {
  constexpr int kMostMoreDecimals = 15;
  const double shown = value / std::pow(10, exponent);
  // 9.996 would become 10.00 with two decimals.
  const double rounded_up = shown * 1.0005;
  const int first = shown > 0 ? std::max(0, 2 - static_cast<int>(std::floor(
                                                    std::log10(rounded_up))))
                              : 0;
  for (int decimals = first; decimals <= first + kMostMoreDecimals;
       ++decimals) {
    std::string text = absl::StrFormat("%.*f", decimals, shown);
    // The printed number, as the nearest double in the limit's unit.
    double printed = 0;
    if (absl::SimpleAtod(absl::StrCat(text, "e", exponent), &printed) &&
        Side(printed, limit) == Side(value, limit)) {
      return text;
    }
  }
  return std::nullopt;
}

// 17 digits distinguish any two doubles.
std::string AllDigits(double value) { return absl::StrFormat("%.17g", value); }

std::string LatencyText(double ns, double limit_ns) {
  struct Unit {
    const char* name;
    int exponent;
    double least_ns;  // less would print with a leading zero
  };
  constexpr Unit kUnits[] = {
      {"s", 9, 999.5e6}, {"ms", 6, 999.5e3}, {"us", 3, 999.5}, {"ns", 0, 0}};
  for (const Unit& unit : kUnits) {
    if (ns < unit.least_ns) continue;
    if (auto digits = Digits(ns, limit_ns, unit.exponent)) {
      return absl::StrCat(*digits, " ", unit.name);
    }
  }
  return absl::StrCat(AllDigits(ns), " ns");
}

// Computes in integers, since a double cannot represent every share.
std::string ShareText(const ThresholdResult& result) {
  constexpr int kMostDecimals = 17;
  constexpr uint64_t kMillionths = 1'000'000;
  const auto limit =
      static_cast<uint64_t>(std::llround(result.threshold.limit * kMillionths));
  const auto side = [](absl::uint128 a, absl::uint128 b) {
    return static_cast<int>(a > b) - static_cast<int>(a < b);
  };
  const absl::uint128 count = result.count;
  const int true_side =
      side(count * 100 * kMillionths, absl::uint128(limit) * result.of);
  absl::uint128 scale = 100;
  for (int decimals = 2;; ++decimals, scale *= 10) {
    const absl::uint128 rounded =
        (count * 100 * scale + result.of / 2) / result.of;
    if (decimals < kMostDecimals &&
        side(rounded * kMillionths, scale * limit) != true_side) {
      continue;
    }
    std::string fraction = absl::StrCat(absl::Uint128Low64(rounded % scale));
    fraction.insert(0, static_cast<size_t>(decimals) - fraction.size(), '0');
    return absl::StrCat(absl::Uint128Low64(rounded / scale), ".", fraction,
                        " %");
  }
}

std::string MissingText(const ThresholdResult& result) {
  const Metric& metric = result.threshold.metric;
  if (metric.kind == MetricKind::kLatency) return "no calls";
  if (metric.kind == MetricKind::kCold) {
    return "no calls known to be cold or warm";
  }
  if (!metric.IsCount()) return "not known";
  const bool of_planned = metric.kind == MetricKind::kSent ||
                          metric.kind == MetricKind::kDropped ||
                          metric.kind == MetricKind::kUnsent;
  return of_planned ? "no calls planned" : "no calls sent";
}

// "198..241 ms, "; empty if neither end is known.
std::string RangeText(const ThresholdResult& result) {
  if (!result.interval) return "";
  const Interval& interval = *result.interval;
  if (!interval.low && !interval.high) return "";
  if (result.threshold.metric.kind == MetricKind::kLatency) {
    return absl::StrCat(LatencyRange(interval), " ",
                        LatencyUnitOf(interval.estimate).name, ", ");
  }
  const auto end = [](const std::optional<double>& percent) {
    return percent ? absl::StrFormat("%.4g", *percent) : "?";
  };
  return absl::StrCat(end(interval.low), "..", end(interval.high), " %, ");
}

}  // namespace

std::string ValueText(const ThresholdResult& result) {
  if (!result.value) return "";
  const Threshold& threshold = result.threshold;
  const Metric& metric = threshold.metric;
  const double value = *result.value;
  if (metric.kind == MetricKind::kLatency) {
    return LatencyText(value, threshold.limit);
  }
  if (threshold.is_share) return ShareText(result);
  if (metric.IsCount()) return absl::StrCat(result.count);
  if (metric.kind == MetricKind::kMaxInFlight) {
    return absl::StrFormat("%.0f", value);
  }
  const bool is_rate = metric.kind == MetricKind::kSentRate ||
                       metric.kind == MetricKind::kOkRate;
  return absl::StrCat(
      Digits(value, threshold.limit, 0).value_or(AllDigits(value)),
      is_rate ? "/s" : "");
}

std::string MeasuredText(const ThresholdResult& result) {
  if (!result.value) {
    return absl::StrCat(MissingText(result),
                        result.threshold.optional ? ", optional" : "");
  }
  std::string text = ValueText(result);
  const Metric& metric = result.threshold.metric;
  if (metric.kind == MetricKind::kLatency) {
    absl::StrAppend(&text, " (", RangeText(result),
                    Counted(result.calls, "call"));
    if (result.has_too_few_calls()) {
      absl::StrAppend(&text, ", too few: 95 % confidence needs ",
                      result.calls_needed);
    }
    absl::StrAppend(&text, ")");
  } else if (metric.IsCount()) {
    absl::StrAppend(
        &text, " (", RangeText(result),
        result.threshold.is_share ? absl::StrCat(result.count, " ") : "", "of ",
        result.of, ")");
  }
  if (result.is_lower_bound) text = "at least " + text;
  if (result.window) {
    absl::StrAppend(&text, " in the ", result.window->length_s, " s before ",
                    result.window->until_s, " s");
  }
  return text;
}

std::string AbortText(const ThresholdResult& result) {
  return absl::StrCat(
      result.instance.empty()
          ? ""
          : absl::StrCat("instance ", CleanLine(result.instance), ": "),
      SubjectText(result.threshold), " was ", MeasuredText(result),
      ", expected ", LimitText(result.threshold));
}

std::string ScopeText(const ThresholdResult& result) {
  return result.instance.empty() ? "run" : CleanLine(result.instance);
}

std::string MetText(const std::vector<ThresholdResult>& results) {
  size_t met = 0;
  size_t optional = 0;  // without data
  for (const ThresholdResult& result : results) {
    if (result.state == ThresholdState::kMet) ++met;
    if (result.state == ThresholdState::kNoData && !result.fails()) ++optional;
  }
  return absl::StrCat(
      met, " of ", results.size(), " met",
      optional > 0 ? absl::StrCat(", ", optional, " optional without data")
                   : "");
}

std::vector<const ThresholdResult*> FailingFirst(
    const std::vector<ThresholdResult>& results, size_t most) {
  std::vector<const ThresholdResult*> order;
  order.reserve(results.size());
  for (const ThresholdResult& result : results) order.push_back(&result);
  std::stable_partition(order.begin(), order.end(),
                        [](const auto* result) { return result->fails(); });
  order.resize(std::min(order.size(), most));
  return order;
}

std::string ThresholdLines(const std::vector<ThresholdResult>& results) {
  if (results.empty()) return "";
  const auto failing = static_cast<size_t>(
      std::count_if(results.begin(), results.end(),
                    [](const ThresholdResult& r) { return r.fails(); }));
  const auto rows =
      FailingFirst(results, std::clamp(failing, kMaxRows, kMaxFailingRows));
  size_t scope_width = 0;
  size_t check_width = 0;
  for (const ThresholdResult* row : rows) {
    scope_width = std::clamp(DisplayWidth(ScopeText(*row)), scope_width,
                             std::max(scope_width, size_t{32}));
    check_width = std::max(check_width, CheckText(row->threshold).size());
  }
  std::string text = absl::StrCat("thresholds   ", MetText(results), "\n");
  for (const ThresholdResult* row : rows) {
    std::string state(ThresholdStateName(row->state));
    if (row->fails()) absl::AsciiStrToUpper(&state);
    absl::StrAppend(
        &text, "  ", PadRight(state, 7), "    ",
        PadRight(FirstColumns(ScopeText(*row), scope_width), scope_width), "  ",
        PadRight(CheckText(row->threshold), check_width), "  ",
        MeasuredText(*row), "\n");
  }
  if (rows.size() < results.size()) {
    absl::StrAppend(&text, "  ... and ",
                    Counted(results.size() - rows.size(), "threshold"),
                    " more, see summary.json\n");
  }
  return text;
}

}  // namespace invocator
