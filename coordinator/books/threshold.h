// Defines and parses thresholds: limits on measurements of a run or of one of
// its instances.
//
// Text form, METRIC [AGGREGATE] OP VALUE:
//   response p99 < 300ms   a latency, with an aggregate; the value needs a unit
//   throttled <= 20        a number of calls
//   ok >= 99.9%            a share of calls, see MetricKind
//   sent_rate >= 100       a plain number
// Blanks around OP and before the unit are optional.
//
// Plain values. Pure.
#ifndef INVOCATOR_COORDINATOR_BOOKS_THRESHOLD_H_
#define INVOCATOR_COORDINATOR_BOOKS_THRESHOLD_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/result/outcome.h"
#include "common/result/totals.h"

namespace invocator {

enum class MetricKind {
  kLatency,
  // Counts. 100 % are the planned calls for kSent, kDropped and kUnsent, the
  // calls known to be cold or warm for kCold, and the calls sent for others.
  kOutcome,
  kFailed,  // any outcome but ok
  kSent,
  kDropped,
  kUnsent,
  kCold,
  // Scalars.
  kSentRate,  // per second
  kOkRate,    // per second
  kCost,      // in the currency of the prices
  kMaxInFlight,
};

struct Metric {
  absl::string_view name;
  MetricKind kind = MetricKind::kLatency;
  Histogram Totals::*latency = nullptr;  // for kLatency
  Outcome outcome = Outcome::kOk;        // for kOutcome

  bool IsCount() const {
    return kind >= MetricKind::kOutcome && kind <= MetricKind::kCold;
  }
  // Whether it is known while the run plays, as a threshold with abort needs.
  // Workers report a call when it has ended, so sent calls are known later.
  bool IsKnownBySecond() const;

  bool operator==(const Metric&) const = default;
};

// All metrics, in the order of the documentation.
absl::Span<const Metric> Metrics();

enum class Aggregate { kNone, kMin, kMean, kMax, kPercentile };

enum class Comparison { kBelow, kAtMost, kAbove, kAtLeast };

// Ends a run early if the threshold is missed over a sliding window.
struct AbortRule {
  double after_s = 10;  // since the start
  double window_s = 10;

  bool operator==(const AbortRule&) const = default;
};

struct Threshold {
  Metric metric;
  Aggregate aggregate = Aggregate::kNone;
  uint32_t percentile_millionths = 0;  // of a percent: p99.9 is 99,900,000
  Comparison comparison = Comparison::kBelow;
  bool is_share = false;
  // Latencies: whole nanoseconds. Shares: percent, at most six decimals.
  // Counts and kMaxInFlight: whole.
  double limit = 0;

  bool each = false;      // judged for every instance instead of the run
  bool optional = false;  // not missed without data
  std::optional<AbortRule> abort;

  // 0 to 1, the double nearest to the decimal percentile: p99.9 is 0.999.
  double Ratio() const { return percentile_millionths / 1e8; }

  bool operator==(const Threshold&) const = default;
};

// All thresholds of a workload.
struct WorkloadThresholds {
  std::vector<Threshold> run;  // including those with `each`
  // By instance, in the plan's order.
  std::vector<std::vector<Threshold>> instances;

  bool operator==(const WorkloadThresholds&) const = default;
};

// Finds the known word nearest to a misspelt one.
using NearestWordFinder = std::optional<absl::string_view> (*)(
    absl::string_view word, absl::Span<const absl::string_view> known);

// INVALID_ARGUMENT, `"<text>", character <n>: <what>`, on one line.
absl::StatusOr<Threshold> ParseThreshold(absl::string_view text,
                                         NearestWordFinder nearest);

// Subject of a threshold: METRIC [AGGREGATE].
struct ParsedSubject {
  Threshold threshold;  // without comparison and limit
  size_t length = 0;    // of its text
};

// Parses the subject at the beginning of `text`, which ends at a sign (+ or -)
// or with `text`. Errors as in ParseThreshold.
absl::StatusOr<ParsedSubject> ParseSubject(absl::string_view text,
                                           NearestWordFinder nearest);
// The same for a subject that ends with its words, whatever follows.
absl::StatusOr<ParsedSubject> ParseFirstSubject(absl::string_view text,
                                                NearestWordFinder nearest);

// The error of ParseThreshold for what is wrong at `place`, a part of `text`
// that may be empty.
absl::Status CheckError(absl::string_view text, absl::string_view place,
                        absl::string_view what);
// "expected <what>, found <found>", or "found the end".
absl::Status ExpectedInCheck(absl::string_view text, absl::string_view place,
                             absl::string_view what, absl::string_view found);

// "response p99"
std::string SubjectText(const Threshold& threshold);
// "< 300ms"
std::string LimitText(const Threshold& threshold);
// Both parts. Parses to an equal threshold, but for its flags.
std::string CheckText(const Threshold& threshold);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_BOOKS_THRESHOLD_H_
