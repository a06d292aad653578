#include "coordinator/web/page_series.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "coordinator/json/json.h"
#include "coordinator/web/heat_rows.h"
#include "tests/support/binned_calls.h"

namespace invocator {
namespace {

constexpr int64_t kMs = 1'000'000;

BinTotals OneCall(int64_t response_ns, Outcome outcome = Outcome::kOk) {
  BinTotals bin;
  bin.sent = 1;
  bin.Of(outcome) = 1;
  bin.lateness.Add(kMs / 2);
  bin.service.Add(response_ns - kMs / 2);
  bin.response.Add(response_ns);
  bin.first_byte.Add(kMs);
  return bin;
}

// Random calls of lanes and workers over `seconds`.
Timeline RandomTimeline(double seconds, size_t lanes, size_t workers,
                        int calls) {
  const TimeBins bins(seconds);
  std::vector<std::vector<uint64_t>> planned(lanes);
  for (auto& of_lane : planned) of_lane.assign(bins.planned(), 2);
  Timeline timeline(bins, ChooseLanes(std::vector<uint64_t>(lanes, 1)), planned,
                    workers);
  std::mt19937_64 random(5);
  for (int i = 0; i < calls; ++i) {
    const auto tick = static_cast<uint32_t>(
        random() %
        static_cast<uint64_t>(seconds * 1e9 / double(bins.tick_ns())));
    timeline.Add(
        random() % workers, random() % lanes, tick,
        OneCall(static_cast<int64_t>(kMs + random() % (90 * kMs)),
                random() % 9 == 0 ? Outcome::kThrottled : Outcome::kOk));
  }
  return timeline;
}

std::vector<std::string> Names(const char* word, size_t count) {
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i) names.push_back(word + std::to_string(i));
  return names;
}

Json Series(const Timeline& timeline, size_t workers, uint32_t from = 0,
            uint32_t until = kAllBins) {
  return Json::parse(PageSeriesJson(
      timeline, Names("f", timeline.lanes().size()),
      WorkerSeriesOf(timeline, Names("w", workers), from), from, until));
}

TEST(PageSeries, ReadsLikeThis) {
  Timeline timeline(TimeBins(0.3), ChooseLanes({2, 1}), {{1, 0, 1}, {1}}, 1);
  timeline.Add(0, 0, 0, OneCall(20 * kMs));
  timeline.Add(0, 1, 0, OneCall(30 * kMs, Outcome::kTimeout));
  BinTotals unfinished;
  unfinished.sent = 2;
  timeline.Add(0, 0, 2, unfinished);
  const Json series = Series(timeline, 1);
  EXPECT_EQ(series["width_s"], 0.1);
  EXPECT_EQ(series["planned_bins"], 3);
  EXPECT_EQ(series["from"], 0);
  EXPECT_EQ(series["every"], 1);
  EXPECT_EQ(series["whole"], Json::parse(R"({
    "planned": [2, 0, 1], "sent": [2, 0, 2], "completed": [2, 0, 0],
    "in_flight": [0, 0, 2], "dropped": 0, "cold": 0,
    "outcomes": {"ok": [1, 0, 0], "timeout": [1, 0, 0]},
    "response": {"p50": [20000, null, null], "p90": [30000, null, null],
                 "p99": [30000, null, null], "p99_9": [30000, null, null],
                 "max": [30000, null, null]},
    "lateness": {"p99": [500, null, null], "max": [500, null, null]},
    "service": {"p50": [19510, null, null], "p99": [29500, null, null]},
    "first_byte": {"p50": [1000, null, null], "p99": [1000, null, null]}
  })"));
  EXPECT_EQ(series["lanes"][1], Json::parse(R"({
    "name": "f1", "planned": [1, 0, 0], "sent": [1, 0, 0],
    "completed": [1, 0, 0], "in_flight": 0, "dropped": 0, "cold": 0,
    "outcomes": {"ok": 0, "timeout": [1, 0, 0]},
    "response": {"p50": [30000, null, null], "p90": [30000, null, null],
                 "p99": [30000, null, null], "p99_9": [30000, null, null],
                 "max": [30000, null, null]}
  })"));
  EXPECT_EQ(series["workers"], Json::parse(R"([{
    "name": "w0", "sent": [2, 0, 2],
    "lateness": {"p99": [500, null, null], "max": [500, null, null]}
  }])"));
  EXPECT_EQ(series["heat"]["bins"][1], Json::array());
  EXPECT_EQ(series["heat"]["edges_us"].size(), HeatRows().size() + 1);
}

// Compares arrays of a slice with the end of those of the whole.
void ExpectTail(const Json& slice, const Json& whole, size_t from,
                const std::string& path) {
  if (whole.is_object()) {
    ASSERT_EQ(slice.size(), whole.size()) << path;
    for (const auto& [key, value] : whole.items()) {
      ASSERT_TRUE(slice.contains(key)) << path;
      if (key == "name") continue;
      ExpectTail(slice[key], value, from, path + "." + key);
    }
    return;
  }
  if (!whole.is_array()) {
    EXPECT_EQ(slice, whole) << path;
    return;
  }
  ASSERT_GT(whole.size(), from) << path;
  Json tail = Json::array();
  bool is_zero = true;
  for (size_t i = from; i < whole.size(); ++i) {
    tail.push_back(whole[i]);
    is_zero &= whole[i] == 0;
  }
  EXPECT_EQ(slice, is_zero ? Json(0) : tail) << path;
}

TEST(PageSeries, SliceIsTheEndOfTheWhole) {
  const Timeline timeline = RandomTimeline(900, 30, 3, 40'000);
  const Json whole = Series(timeline, 3);
  const uint32_t every = BinsPerPoint(timeline, 3);
  ASSERT_EQ(whole["every"], every);
  ASSERT_EQ(every, 6u);  // of 30 x 900 bins
  for (const uint32_t from : {every, 100 * every, 149 * every}) {
    const Json slice = Series(timeline, 3, from);
    EXPECT_EQ(slice["from"], from);
    ExpectTail(slice["whole"], whole["whole"], from, "whole");
    for (size_t lane = 0; lane < 30; ++lane) {
      ExpectTail(slice["lanes"][lane], whole["lanes"][lane], from / every,
                 "lane");
    }
    for (size_t worker = 0; worker < 3; ++worker) {
      ExpectTail(slice["workers"][worker], whole["workers"][worker],
                 from / every, "worker");
    }
    EXPECT_EQ(slice["heat"]["edges_us"], whole["heat"]["edges_us"]);
    ExpectTail(slice["heat"]["bins"], whole["heat"]["bins"], from, "heat");
  }
}

TEST(PageSeries, SliceEndsBeforeUntil) {
  const Timeline timeline = RandomTimeline(900, 30, 3, 1'000);
  const Json slice = Series(timeline, 3, 12, 26);
  EXPECT_EQ(slice["whole"]["sent"].size(), 14u);
  EXPECT_EQ(slice["heat"]["bins"].size(), 14u);
  // Of 6, 6 and 2 bins.
  EXPECT_EQ(slice["lanes"][0]["planned"], Json::parse("[12, 12, 4]"));
  EXPECT_EQ(slice["workers"][0]["sent"].size(), 3u);
  const Json nothing = Series(timeline, 3, 2'000, 3'000);
  EXPECT_EQ(nothing["from"], 900);
  EXPECT_EQ(nothing["whole"]["response"]["p50"], Json::array());
}

TEST(PageSeries, PointsOfLanesHaveTheSumsAndJointPercentilesOfTheirBins) {
  const Timeline timeline = RandomTimeline(900, 30, 1, 40'000);
  const Json lane = Series(timeline, 1)["lanes"][7];
  ASSERT_EQ(lane["sent"].size(), 150u);
  for (uint32_t point = 0; point < 150; ++point) {
    BinCounts counts;
    Histogram response;
    for (uint32_t bin = 6 * point; bin < 6 * point + 6; ++bin) {
      counts.Merge(timeline.Counts(7, bin));
      response.Merge(timeline.Response(7, bin));
    }
    ASSERT_EQ(lane["sent"][point], counts.sent);
    ASSERT_EQ(lane["outcomes"]["throttled"][point],
              counts.Of(Outcome::kThrottled));
    if (response.count() == 0) continue;
    ASSERT_NEAR(lane["response"]["p99"][point].get<double>(),
                static_cast<double>(response.QuantileNs(0.99)) / 1e3, 5);
  }
}

TEST(PageSeries, HeatBinsHoldEveryResponse) {
  const Timeline timeline = RandomTimeline(10, 2, 1, 3'000);
  const Json bins = Series(timeline, 1)["heat"]["bins"];
  ASSERT_EQ(bins.size(), 100u);
  for (uint32_t bin = 0; bin < 100; ++bin) {
    uint64_t sum = 0;
    for (size_t i = 1; i < bins[bin].size(); ++i) {
      sum += bins[bin][i].get<uint64_t>();
    }
    EXPECT_EQ(sum, timeline.Response(bin).count());
  }
}

TEST(PageSeries, NamesAreJsonWhateverTheyHold) {
  const Timeline timeline = RandomTimeline(1, 1, 1, 1);
  const std::string hostile = "</script>\"\\\n\x01\xff\u2028";
  const Json series = Json::parse(PageSeriesJson(
      timeline, {hostile}, WorkerSeriesOf(timeline, {hostile}), 0));
  EXPECT_EQ(series["lanes"][0]["name"], "</script>\"\\\n\x01\uFFFD\u2028");
  EXPECT_EQ(series["workers"][0]["name"], series["lanes"][0]["name"]);
}

TEST(PageSeries, ValuesOfAFileNeedNotMakeSense) {
  const Timeline timeline = RandomTimeline(0.2, 1, 1, 0);
  WorkerSeries worker{"w", {1, 2}, {-1.0, 1e300}, {std::nullopt, 0.0}};
  const Json series = Json::parse(PageSeriesJson(timeline, {"f"}, {worker}, 0));
  EXPECT_EQ(series["workers"][0]["lateness"],
            Json::parse(R"({"p99": [null, 3600000000], "max": [null, 0]})"));
}

}  // namespace
}  // namespace invocator
