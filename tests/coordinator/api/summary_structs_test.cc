#include "coordinator/api/summary_structs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace invocator {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(ReadSummaryTest, TakesValuesOfEveryKind) {
  const Summary summary = ReadSummary(Json::parse(R"({
    "run_id": "r", "seed": 4294967295, "interrupted": true, "duration_s": 1.5,
    "planned": 18446744073709551615, "outcomes": {"ok": 1, "timeout": 2},
    "response_us": {"count": 3, "p99_9": 12.5, "max": 13},
    "reasons": {"timeout": {"connect_timeout": 2}},
    "cold": {"service_us": {"count": 1}, "response_us": {"count": 2}},
    "instances": {"b": {"sent": 1}, "a": {"sent": 2}},
    "workers": [{"name": null, "clock_drift_ppm": null, "sent": 4,
                 "engines": [{"busy_ratio": 0.25}]},
                {"name": "w", "clock_drift_ppm": -0.5}],
    "thresholds": [{"check": "ok > 1", "instance": "a", "value": null,
                    "limit": 1, "abort": true}],
    "aborted_by": {"check": "x", "at_s": 2.5},
    "verdict": {"state": "kept", "reasons": ["because"]}})"));
  EXPECT_EQ(summary.run_id, "r");
  EXPECT_EQ(summary.seed, 4294967295u);
  EXPECT_TRUE(summary.interrupted);
  EXPECT_EQ(summary.duration_s, 1.5);
  EXPECT_EQ(summary.planned, 18446744073709551615u);
  EXPECT_THAT(summary.outcomes, ElementsAre(Pair("ok", 1), Pair("timeout", 2)));
  EXPECT_EQ(summary.response_us.p99_9, 12.5);
  EXPECT_EQ(summary.reasons.at("timeout").at("connect_timeout"), 2u);
  EXPECT_EQ(summary.cold_calls->response_us.count, 2u);
  EXPECT_FALSE(summary.warm_calls);
  EXPECT_EQ(summary.instances.at("a").sent, 2u);
  ASSERT_EQ(summary.workers.size(), 2u);
  EXPECT_FALSE(summary.workers[0].name);
  EXPECT_FALSE(summary.workers[0].clock_drift_ppm);
  EXPECT_EQ(summary.workers[0].sent, 4u);
  EXPECT_EQ(summary.workers[0].engines.at(0).busy_ratio, 0.25);
  EXPECT_EQ(summary.workers[1].name, "w");
  EXPECT_EQ(summary.workers[1].clock_drift_ppm, -0.5);
  EXPECT_EQ(summary.thresholds.at(0).instance, "a");
  EXPECT_FALSE(summary.thresholds[0].value);
  EXPECT_TRUE(summary.thresholds[0].abort);
  EXPECT_FALSE(summary.thresholds[0].optional);
  EXPECT_EQ(summary.aborted_by->at_s, 2.5);
  EXPECT_THAT(summary.verdict.reasons, ElementsAre("because"));
  EXPECT_FALSE(summary.cost);
  EXPECT_FALSE(summary.warmup_s);
}

TEST(ReadProgressTest, UnknownLatenciesAreNone) {
  const Progress progress = ReadProgress(Json::parse(R"({
    "folder": "runs/x", "memory_mb": null, "elapsed_s": 1.5, "sent": 3,
    "response_us": {"p50": null, "p99": 7.5}, "missed": ["a"]})"));
  EXPECT_EQ(progress.folder, "runs/x");
  EXPECT_FALSE(progress.memory_mb);
  EXPECT_EQ(progress.sent, 3u);
  EXPECT_FALSE(progress.response_us.p50);
  EXPECT_EQ(progress.response_us.p99, 7.5);
  EXPECT_THAT(progress.missed, ElementsAre("a"));
}

}  // namespace
}  // namespace invocator
