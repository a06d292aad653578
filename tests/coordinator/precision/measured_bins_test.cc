#include "coordinator/precision/measured_bins.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "coordinator/books/subject_interval.h"
#include "coordinator/json/suggestion.h"
#include "coordinator/precision/run_intervals.h"

namespace invocator {
namespace {

constexpr int64_t kMs = 1'000'000;

Threshold Subject(const std::string& text) {
  return ParseSubject(text + "+", &NearestWord)->threshold;
}

Threshold ShareOf(const std::string& metric) {
  Threshold subject = Subject(metric);
  subject.is_share = true;
  return subject;
}

// 60 s in bins of a second, 100 calls each: 90 ok of 10 ms, 10 throttled of
// 2 ms. 66 instances, of which the first has all calls.
class MeasuredBinsTest : public testing::Test {
 protected:
  MeasuredBinsTest()
      : timeline_(TimeBins(60), ChooseLanes(Planned()),
                  {std::vector<uint64_t>(60, 110)}, 1) {
    for (uint32_t bin = 0; bin < 62; ++bin) {
      BinTotals totals;
      totals.sent = 100;
      totals.dropped = 10;
      totals.cold = 5;
      totals.warm = 85;
      totals.Of(Outcome::kOk) = 90;
      totals.Of(Outcome::kThrottled) = 10;
      totals.response.Add(10 * kMs, 90);
      totals.response.Add(2 * kMs, 10);
      totals.lateness.Add(kMs, 100);
      timeline_.Add(0, 0, bin, totals);
    }
  }

  static std::vector<uint64_t> Planned() {
    std::vector<uint64_t> planned(66, 1);
    planned[0] = 6'600;
    return planned;
  }

  Timeline timeline_;
};

TEST_F(MeasuredBinsTest, HasWholeBinsOfThePhaseOnly) {
  EXPECT_EQ(MeasuredBins(timeline_, 0, 60).size(), 60u);
  EXPECT_EQ(MeasuredBins(timeline_, 0, 1e9).size(), 60u) << "the plan's end";
  EXPECT_EQ(MeasuredBins(timeline_, 2.5, 9.2).size(), 6u);
  EXPECT_EQ(MeasuredBins(timeline_, 3, 9).size(), 6u);
  EXPECT_EQ(MeasuredBins(timeline_, 0.1 + 0.2 + 2.7, 9).size(), 6u)
      << "3.0000000000000004";
  EXPECT_EQ(MeasuredBins(timeline_, 9, 3).size(), 0u);
  MeasuredBins bins(timeline_, 2.5, 9.2);
  EXPECT_EQ(bins.Latency(&Totals::response, std::nullopt)->count(), 600u);
}

TEST_F(MeasuredBinsTest, InstancesHaveTheirResponseOnly) {
  MeasuredBins bins(timeline_, 0, 60);
  const std::optional<size_t> lane = bins.LaneOf(0);
  ASSERT_TRUE(lane);
  EXPECT_EQ(bins.Latency(&Totals::response, lane)->count(), 6'000u);
  EXPECT_EQ(bins.Latency(&Totals::lateness, lane), nullptr);
  EXPECT_NE(bins.Latency(&Totals::lateness, std::nullopt), nullptr);
  EXPECT_EQ(bins.Latency(&Totals::cold_service, std::nullopt), nullptr);
  EXPECT_EQ(bins.LaneOf(65), std::nullopt);
  EXPECT_EQ(bins.IntervalOf(Subject("lateness p99"), lane), std::nullopt);
}

TEST_F(MeasuredBinsTest, SharesAreInPercent) {
  MeasuredBins bins(timeline_, 0, 60);
  const struct {
    const char* metric;
    double percent;
  } cases[] = {
      {"ok", 90},     {"throttled", 10},        {"failed", 10},
      {"timeout", 0}, {"cold", 100 * 5 / 90.0}, {"dropped", 100 * 10 / 110.0}};
  for (const auto& c : cases) {
    const auto interval = bins.IntervalOf(ShareOf(c.metric), std::nullopt);
    ASSERT_TRUE(interval && interval->IsKnown()) << c.metric;
    EXPECT_NEAR(interval->estimate, c.percent, 1e-9) << c.metric;
    EXPECT_LE(*interval->low, c.percent);
    EXPECT_GT(*interval->high, c.percent);
    EXPECT_LT(*interval->high - *interval->low, 3) << c.metric;
  }
}

TEST_F(MeasuredBinsTest, SomeSubjectsHaveNoInterval) {
  MeasuredBins bins(timeline_, 0, 60);
  for (const char* text :
       {"response max", "response min", "response p100", "sent_rate", "ok_rate",
        "max_in_flight", "cost", "cold_service p50", "ok"}) {
    EXPECT_EQ(bins.IntervalOf(Subject(text), std::nullopt), std::nullopt)
        << text;
  }
  for (const char* metric : {"sent", "unsent"}) {
    EXPECT_EQ(bins.IntervalOf(ShareOf(metric), std::nullopt), std::nullopt)
        << metric;
  }
}

TEST_F(MeasuredBinsTest, TheRunsIntervalsAreThoseOfItsBins) {
  MeasuredBins bins(timeline_, 0, 60);
  const RunIntervals intervals = IntervalsOf(bins, 66);
  EXPECT_EQ(intervals.bins, 60u);
  EXPECT_EQ(intervals.response.percentiles[2],
            bins.IntervalOf(Subject("response p99"), std::nullopt));
  EXPECT_EQ(intervals.lateness.mean,
            bins.IntervalOf(Subject("lateness mean"), std::nullopt));
  ASSERT_EQ(intervals.response_of.size(), 66u);
  EXPECT_EQ(intervals.response_of[0]->mean, intervals.response.mean);
  EXPECT_FALSE(intervals.response_of[65]);
  EXPECT_EQ(intervals.steadiness.steady, Steady::kYes);
}

}  // namespace
}  // namespace invocator
