#include "coordinator/web/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/result/bin_totals.h"
#include "common/result/time_bins.h"
#include "coordinator/report/run_report.h"
#include "coordinator/timeline/lanes.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

InstanceMetrics Instance(const std::string& name) {
  InstanceMetrics instance;
  instance.name = name;
  instance.planned = 10;
  instance.sent = 8;
  instance.dropped = 1;
  instance.unsent = 1;
  instance.cold = 2;
  instance.outcomes[static_cast<size_t>(Outcome::kOk)] = 5;
  instance.outcomes[static_cast<size_t>(Outcome::kTimeout)] = 1;
  instance.outcomes[static_cast<size_t>(Outcome::kAborted)] = 2;
  return instance;
}

TEST(MetricsTest, EveryCountHasItsNameAndLabels) {
  MetricsSnapshot snapshot;
  snapshot.run_id = "0123";
  snapshot.test_name = "peak";
  snapshot.version = "1.2.3";
  snapshot.seed = 7;
  snapshot.instances = {Instance("a"), Instance("b")};
  snapshot.due = 15;
  snapshot.in_flight = 3;
  snapshot.WorkersIn(WorkerState::kPlaying) = 2;
  snapshot.WorkersIn(WorkerState::kLost) = 1;
  const std::string text = MetricsText(snapshot);
  for (const char* line :
       {"invocator_run_info{run=\"0123\",test=\"peak\",seed=\"7\",version=\"1."
        "2."
        "3\"} 1\n",
        "# TYPE invocator_planned_total counter\n",
        "invocator_planned_total{instance=\"a\"} 10\n",
        "invocator_planned_total{instance=\"b\"} 10\n",
        "\ninvocator_due_total 15\n",
        "invocator_sent_total{instance=\"a\"} 8\n",
        "invocator_completed_total{instance=\"a\",outcome=\"ok\"} 5\n",
        "invocator_completed_total{instance=\"b\",outcome=\"timeout\"} 1\n",
        "invocator_completed_total{instance=\"b\",outcome=\"throttled\"} 0\n",
        "invocator_cold_starts_total{instance=\"b\"} 2\n",
        "\ninvocator_dropped_total 2\n",
        "\ninvocator_unsent_total 2\n",
        "\ninvocator_aborted_total 4\n",
        "\ninvocator_lost_total 0\n",
        "\ninvocator_in_flight 3\n",
        "invocator_workers{state=\"playing\"} 2\n",
        "invocator_workers{state=\"lost\"} 1\n",
        "invocator_workers{state=\"left\"} 0\n",
        "# TYPE invocator_response_seconds histogram\n",
        "invocator_response_seconds_bucket{le=\"+Inf\"} 0\n",
        "invocator_service_seconds_count 0\n",
        "invocator_lateness_seconds_sum 0\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(text, Not(HasSubstr("outcome=\"aborted\"")));
}

TEST(MetricsTest, MoreThan200InstancesAreOneSum) {
  MetricsSnapshot snapshot;
  for (int i = 0; i < 200; ++i) {
    snapshot.instances.push_back(Instance(absl::StrCat("f", i)));
  }
  EXPECT_THAT(MetricsText(snapshot),
              HasSubstr("invocator_sent_total{instance=\"f199\"} 8\n"));
  snapshot.instances.push_back(Instance("f200"));
  const std::string text = MetricsText(snapshot);
  EXPECT_THAT(text, HasSubstr("\ninvocator_sent_total 1608\n"));
  EXPECT_THAT(text,
              HasSubstr("invocator_completed_total{outcome=\"ok\"} 1005\n"));
  EXPECT_THAT(text, Not(HasSubstr("instance=")));
}

TEST(MetricsTest, NamesCannotEndTheirLabelOrLine) {
  MetricsSnapshot snapshot;
  snapshot.instances = {Instance("a\"} 1\nevil 2\\"), Instance("\xff\xc3\xa9")};
  const std::string text = MetricsText(snapshot);
  EXPECT_THAT(text,
              HasSubstr("sent_total{instance=\"a\\\"} 1\\nevil 2\\\\\"} 8\n"));
  EXPECT_THAT(text,
              HasSubstr("sent_total{instance=\"\xEF\xBF\xBD\xc3\xa9\"} 8\n"));
  EXPECT_THAT(text, Not(HasSubstr("\nevil")));
}

// 10 calls, one in each 0.1 s bin of the first second.
RunReport TenPlanned() {
  RunReport report;
  report.instances.emplace_back("f", Totals());
  report.instances[0].second.planned = 10;
  Lanes lanes;
  lanes.of_instance = {0};
  lanes.instances = {0};
  report.timeline.emplace(
      TimeBins(1), lanes,
      std::vector<std::vector<uint64_t>>{std::vector<uint64_t>(10, 1)},
      /*workers=*/1);
  return report;
}

void AddSent(RunReport& report, uint32_t tick) {
  BinTotals bin;
  bin.sent = 1;
  bin.Of(Outcome::kOk) = 1;
  report.instances[0].second.MergeBin(bin);
  report.timeline->Add(/*worker=*/0, /*instance=*/0, tick, bin);
}

TEST(MetricsTest, OfAnInterruptedRunOnlyWhatWasReachedWasDue) {
  RunReport report = TenPlanned();
  for (uint32_t tick = 0; tick < 4; ++tick) AddSent(report, tick);
  report.interrupted = true;
  report.instances[0].second.unsent = 6;
  EXPECT_EQ(FinalMetrics(report).due, 4u);
}

TEST(MetricsTest, UnsentCallsOfALostWorkerWereDue) {
  RunReport report = TenPlanned();
  for (uint32_t tick = 1; tick < 10; tick += 2) AddSent(report, tick);
  report.instances[0].second.unsent = 5;
  EXPECT_EQ(FinalMetrics(report).due, 10u);
}

TEST(MetricsTest, BordersAreCellsEndsFrom100UsTo60S) {
  const auto& borders = MetricsBordersNs();
  EXPECT_NEAR(static_cast<double>(borders.front()), 1e5, 600);
  EXPECT_NEAR(static_cast<double>(borders.back()), 60e9, 60e6);
  for (size_t i = 0; i < borders.size(); ++i) {
    EXPECT_NE(Histogram::CellIndex(borders[i]),
              Histogram::CellIndex(borders[i] + 1));
    if (i > 0) {
      EXPECT_LT(borders[i - 1], borders[i]);
    }
  }
}

TEST(MetricsTest, BucketsCountExactly) {
  std::mt19937_64 random(1);
  const auto& borders = MetricsBordersNs();
  std::vector<int64_t> values = {0, 1, Histogram::kMaxNs};
  for (const int64_t border : borders) {
    for (const int64_t off : {-1, 0, 1}) values.push_back(border + off);
  }
  std::lognormal_distribution<double> spread(17, 4);
  for (int i = 0; i < 10'000; ++i) {
    values.push_back(static_cast<int64_t>(std::min(spread(random), 3.6e12)));
  }
  Histogram histogram;
  for (const int64_t value : values) histogram.Add(value);
  MetricsHistogram metrics;
  metrics.Add(histogram);
  uint64_t up_to = 0;
  for (size_t i = 0; i < borders.size(); ++i) {
    up_to += metrics.counts[i];
    EXPECT_EQ(up_to, static_cast<uint64_t>(std::count_if(
                         values.begin(), values.end(),
                         [&](int64_t value) { return value <= borders[i]; })))
        << borders[i];
  }
  EXPECT_EQ(up_to + metrics.counts.back(), values.size());
  EXPECT_NEAR(metrics.sum_s, histogram.sum_ns() / 1e9, 1e-6);
}

TEST(MetricsTest, BordersAreWrittenWithAllTheirDigits) {
  MetricsSnapshot snapshot;
  Totals totals;
  totals.response.Add(MetricsBordersNs()[0]);
  totals.response.Add(MetricsBordersNs()[0] + 1);
  snapshot.AddLatencies(totals);
  EXPECT_THAT(MetricsText(snapshot),
              HasSubstr("invocator_response_seconds_bucket{le=\"0.000100351\"} "
                        "1\ninvocator_response_seconds_bucket{le=\"0.00025036"
                        "7\"} 2\n"));
}

}  // namespace
}  // namespace invocator
