// Judges thresholds on the measurements of a run or an instance. Pure.
#ifndef INVOCATOR_COORDINATOR_BOOKS_JUDGEMENT_H_
#define INVOCATOR_COORDINATOR_BOOKS_JUDGEMENT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "common/result/totals.h"
#include "coordinator/books/threshold.h"
#include "coordinator/statistics/interval.h"

namespace invocator {

// Measurements of a run or of one of its instances; absent: unknown.
struct Measured {
  const Totals& totals;
  std::optional<double> sent_rate = std::nullopt;  // per second
  std::optional<double> ok_rate = std::nullopt;    // per second
  std::optional<double> cost = std::nullopt;       // in the currency
  bool is_cost_a_lower_bound = false;              // parts of it are not known
  std::optional<uint64_t> max_in_flight = std::nullopt;
};

enum class ThresholdState { kMet, kMissed, kNoData };

// "met", "missed", "no data"
absl::string_view ThresholdStateName(ThresholdState state);

// The time over which a threshold was judged that ended the run.
struct AbortWindow {
  double until_s = 0;  // since the run's start
  double length_s = 0;
};

struct ThresholdResult {
  std::string instance;  // empty: the run
  Threshold threshold;
  ThresholdState state = ThresholdState::kNoData;
  // In the limit's unit: nanoseconds, calls, percent, per second, ...; absent
  // without data.
  std::optional<double> value;
  // Latencies: calls measured, and the fewest that bound a percentile from
  // above with 95 % confidence (p100: 0).
  uint64_t calls = 0;
  uint64_t calls_needed = 0;
  // Counts: calls counted, and calls that are 100 %.
  uint64_t count = 0;
  uint64_t of = 0;
  bool is_lower_bound = false;  // the value
  // How well a mean, percentile or share is known, if it is known by bin.
  std::optional<Interval> interval;
  // If it ended the run: the window that all this is of.
  std::optional<AbortWindow> window;

  bool has_too_few_calls() const {
    return value.has_value() && calls < calls_needed;
  }
  // No data is a failure, unless the threshold says otherwise.
  bool fails() const {
    return state == ThresholdState::kMissed ||
           (state == ThresholdState::kNoData && !threshold.optional);
  }
};

// No data: a latency without calls, a count whose 100 % (see MetricKind) is no
// call, an absent scalar. Integers and shares are compared exactly, others as
// doubles. `instance` of the result is empty.
ThresholdResult Judge(const Threshold& threshold, const Measured& measured);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_BOOKS_JUDGEMENT_H_
