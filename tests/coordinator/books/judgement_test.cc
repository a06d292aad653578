#include "coordinator/books/judgement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/thresholds.h"

namespace invocator {
namespace {

ThresholdResult Judged(absl::string_view check, const Measured& measured) {
  return Judge(ParsedThreshold(check), measured);
}

ThresholdState StateOf(absl::string_view check, const Measured& measured) {
  return Judged(check, measured).state;
}

constexpr ThresholdState kMet = ThresholdState::kMet;
constexpr ThresholdState kMissed = ThresholdState::kMissed;
constexpr ThresholdState kNoData = ThresholdState::kNoData;

void SetOutcome(Totals& totals, Outcome outcome, uint64_t count) {
  totals.outcomes[static_cast<size_t>(outcome)] = count;
}

TEST(Judgement, ComparesLatenciesToTheNanosecond) {
  Totals totals;
  totals.response.Add(1'000'000);
  EXPECT_EQ(StateOf("response max < 1ms", {totals}), kMissed);
  EXPECT_EQ(StateOf("response max <= 1ms", {totals}), kMet);
  EXPECT_EQ(StateOf("response max < 1.000001ms", {totals}), kMet);
  EXPECT_EQ(StateOf("response min > 0.999999ms", {totals}), kMet);
  EXPECT_EQ(StateOf("response min > 1ms", {totals}), kMissed);
  EXPECT_EQ(StateOf("response min >= 1ms", {totals}), kMet);
  const ThresholdResult result = Judged("response p50 < 2ms", {totals});
  EXPECT_EQ(result.value, 1e6);
  EXPECT_EQ(result.calls, 1u);
}

TEST(Judgement, MeansAreSumByCount) {
  Totals totals;
  totals.service.Add(1'000'000, 2);
  totals.service.Add(1'000'001);
  EXPECT_EQ(StateOf("service mean <= 1ms", {totals}), kMissed);
  EXPECT_EQ(StateOf("service mean < 1.000001ms", {totals}), kMet);
  EXPECT_EQ(Judged("service mean < 1s", {totals}).value, 3'000'001 / 3.0);
}

// Compares with the sorted values: the histogram is at most one part in a
// thousand above them, or 512 ns.
TEST(Judgement, PercentilesAreThoseOfTheSortedCalls) {
  std::mt19937_64 random(3);
  std::lognormal_distribution<double> latency(16, 2);
  std::vector<int64_t> values;
  Totals totals;
  for (int i = 0; i < 5'000; ++i) {
    values.push_back(static_cast<int64_t>(std::min(latency(random), 3.6e12)));
    totals.response.Add(values.back());
  }
  std::sort(values.begin(), values.end());
  const struct {
    const char* percentile;
    size_t rank;  // of 5,000
  } kRows[] = {{"p0.02", 1},      {"p10", 500},      {"p50", 2'500},
               {"p57.3", 2'865},  {"p99", 4'950},    {"p99.9", 4'995},
               {"p99.98", 4'999}, {"p99.99", 5'000}, {"p100", 5'000}};
  for (const auto& [percentile, rank] : kRows) {
    const auto true_value = static_cast<double>(values[rank - 1]);
    const ThresholdResult result =
        Judged(absl::StrCat("response ", percentile, " < 3600s"), {totals});
    ASSERT_TRUE(result.value.has_value());
    EXPECT_GE(*result.value, true_value) << percentile;
    EXPECT_LE(*result.value, std::max(true_value * 1.001, true_value + 512))
        << percentile;
  }
  EXPECT_EQ(Judged("response p100 < 3600s", {totals}).value, values.back());
}

TEST(Judgement, EveryLatencyHasItsOwnHistogram) {
  Totals totals;
  int64_t next = 1;
  for (const Metric& metric : Metrics()) {
    if (metric.kind != MetricKind::kLatency) continue;
    (totals.*metric.latency).Add(next++ * 1'000'000);
  }
  int64_t expected = 1;
  for (const char* name :
       {"lateness", "service", "response", "first_byte", "cold_service",
        "cold_response", "warm_service", "warm_response", "init", "blocked"}) {
    EXPECT_EQ(Judged(absl::StrCat(name, " max < 1s"), {totals}).value,
              static_cast<double>(expected++) * 1e6);
  }
  EXPECT_EQ(totals.own_lateness.count(), 0u);
}

TEST(Judgement, CountsAndTheirBases) {
  Totals totals;
  totals.planned = 200;
  totals.sent = 100;
  totals.dropped = 60;
  totals.unsent = 40;
  SetOutcome(totals, Outcome::kOk, 75);
  SetOutcome(totals, Outcome::kThrottled, 20);
  SetOutcome(totals, Outcome::kLost, 5);
  totals.cold = 3;
  totals.warm = 9;
  const struct {
    const char* metric;
    uint64_t count;
    uint64_t of;
    double percent;
  } kRows[] = {
      {"sent", 100, 200, 50},  {"dropped", 60, 200, 30},
      {"unsent", 40, 200, 20}, {"ok", 75, 100, 75},
      {"failed", 25, 100, 25}, {"throttled", 20, 100, 20},
      {"lost", 5, 100, 5},     {"timeout", 0, 100, 0},
      {"cold", 3, 12, 25},
  };
  for (const auto& [metric, count, of, percent] : kRows) {
    const ThresholdResult share =
        Judged(absl::StrCat(metric, " >= ", percent, "%"), {totals});
    EXPECT_EQ(share.state, kMet) << metric;
    EXPECT_EQ(share.value, percent) << metric;
    EXPECT_EQ(share.count, count) << metric;
    EXPECT_EQ(share.of, of) << metric;
    EXPECT_EQ(StateOf(absl::StrCat(metric, " > ", percent, "%"), {totals}),
              kMissed);
    EXPECT_EQ(StateOf(absl::StrCat(metric, " <= ", count), {totals}), kMet);
    EXPECT_EQ(StateOf(absl::StrCat(metric, " < ", count), {totals}), kMissed);
  }
}

TEST(Judgement, SharesCompareExactly) {
  Totals totals;
  totals.sent = 1'000'000'000'000'000;
  SetOutcome(totals, Outcome::kOk, 999'000'000'000'000);
  EXPECT_EQ(StateOf("ok >= 99.9%", {totals}), kMet);
  EXPECT_EQ(StateOf("ok > 99.9%", {totals}), kMissed);
  SetOutcome(totals, Outcome::kOk, 998'999'999'999'999);
  EXPECT_EQ(StateOf("ok >= 99.9%", {totals}), kMissed);
  // As doubles the shares are equal.
  totals.sent = uint64_t{1} << 60;
  SetOutcome(totals, Outcome::kOk, totals.sent - 1);
  EXPECT_EQ(StateOf("ok >= 100%", {totals}), kMissed);
  totals.sent = std::numeric_limits<uint64_t>::max();
  SetOutcome(totals, Outcome::kOk, totals.sent);
  EXPECT_EQ(StateOf("ok >= 100%", {totals}), kMet);
}

TEST(Judgement, WithoutDataNothingIsMet) {
  const Totals none;
  for (const Metric& metric : Metrics()) {
    const std::string check = metric.kind == MetricKind::kLatency
                                  ? absl::StrCat(metric.name, " p99 >= 0s")
                                  : absl::StrCat(metric.name, " >= 0");
    const ThresholdResult result = Judged(check, {none});
    EXPECT_EQ(result.state, kNoData) << check;
    EXPECT_FALSE(result.value.has_value());
    EXPECT_TRUE(result.fails());
    EXPECT_FALSE(result.has_too_few_calls());
    Threshold optional = ParsedThreshold(check);
    optional.optional = true;
    EXPECT_FALSE(Judge(optional, {none}).fails());
  }
  Totals planned;
  planned.planned = planned.dropped = 5;
  EXPECT_EQ(StateOf("dropped < 1%", {planned}), kMissed);
  EXPECT_EQ(StateOf("sent < 1", {planned}), kMet);
  EXPECT_EQ(StateOf("failed < 1%", {planned}), kNoData);
  EXPECT_EQ(StateOf("lost < 1", {planned}), kNoData);
  planned.sent = 5;
  EXPECT_EQ(StateOf("failed < 1%", {planned}), kMet);
  EXPECT_EQ(StateOf("cold < 1%", {planned}), kNoData);
}

TEST(Judgement, ScalarsAreThoseGiven) {
  const Totals none;
  const Measured measured{.totals = none,
                          .sent_rate = 100,
                          .ok_rate = 99.5,
                          .cost = 0.3,
                          .max_in_flight = 64};
  EXPECT_EQ(StateOf("sent_rate >= 100", measured), kMet);
  EXPECT_EQ(StateOf("sent_rate > 100", measured), kMissed);
  EXPECT_EQ(StateOf("ok_rate > 99.49", measured), kMet);
  EXPECT_EQ(StateOf("cost <= 0.3", measured), kMet);
  EXPECT_EQ(StateOf("cost < 0.3", measured), kMissed);
  EXPECT_EQ(StateOf("max_in_flight <= 64", measured), kMet);
  EXPECT_EQ(StateOf("max_in_flight < 64", measured), kMissed);
  EXPECT_EQ(
      StateOf("sent_rate < 1", {.totals = none, .sent_rate = std::nan("")}),
      kNoData);
  EXPECT_EQ(StateOf("cost > 1", {.totals = none, .cost = INFINITY}), kNoData);
}

// The smallest n with p^n <= 0.025, by multiplication.
uint64_t Needed(double ratio) {
  uint64_t n = 0;
  for (long double all_below = 1; all_below > 0.025L; all_below *= ratio) ++n;
  return n;
}

TEST(Judgement, APercentileNeedsCallsEnoughForABound) {
  Totals totals;
  totals.response.Add(1, 367);
  const struct {
    const char* percentile;
    double ratio;
    uint64_t needed;
  } kRows[] = {{"p95", 0.95, 72},
               {"p99", 0.99, 368},
               {"p99.9", 0.999, 3'688},
               {"p99.99", 0.9999, 36'887}};
  for (const auto& [percentile, ratio, needed] : kRows) {
    const ThresholdResult result =
        Judged(absl::StrCat("response ", percentile, " < 1s"), {totals});
    EXPECT_EQ(result.calls_needed, needed);
    EXPECT_EQ(result.calls_needed, Needed(ratio));
    EXPECT_EQ(result.has_too_few_calls(), needed > 367);
    EXPECT_EQ(result.state, kMet);
  }
  for (int percent = 1; percent < 100; ++percent) {
    EXPECT_EQ(Judged(absl::StrCat("response p", percent, " < 1s"), {totals})
                  .calls_needed,
              Needed(percent / 100.0))
        << percent;
  }
  totals.response.Add(1);
  EXPECT_FALSE(Judged("response p99 < 1s", {totals}).has_too_few_calls());
  for (const char* check : {"response max < 1s", "response mean < 1s",
                            "response p100 < 1s", "response min < 1s"}) {
    EXPECT_EQ(Judged(check, {totals}).calls_needed, 0u) << check;
  }
}

}  // namespace
}  // namespace invocator
