#include "coordinator/run/live_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "coordinator/json/json.h"
#include "coordinator/timeline/lanes.h"
#include "coordinator/web/page_series.h"
#include "tests/support/plans.h"

namespace invocator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr int64_t kMs = 1'000'000;

// `into`: the arrays of bins up to `at`. Appends those of `slice`, which have
// `count` elements, as the page does. A 0 stands for zeros.
void Splice(Json& into, const Json& slice, size_t at, size_t count) {
  if (slice.is_object()) {
    for (const auto& [key, value] : slice.items()) {
      if (value.is_string()) continue;
      if (!into.contains(key)) {
        into[key] = value.is_object() ? Json::object() : Json(0);
      }
      Splice(into[key], value, at, count);
    }
    return;
  }
  Json array = Json::array();
  for (size_t i = 0; i < at + count; ++i) {
    const Json& from = i < at ? into : slice;
    array.push_back(from.is_array() ? from[i < at ? i : i - at] : from);
  }
  into = std::move(array);
}

// What a page has after some events.
class Page {
 public:
  void Take(const Json& series) {
    const size_t from = series["from"];
    const size_t every = series["every"];
    const size_t count = series["whole"]["response"]["max"].size();
    Splice(whole_, series["whole"], from, count);
    Splice(heat_, series["heat"]["bins"], from, count);
    ASSERT_EQ(from % every, 0u);
    for (size_t i = 0; i < series["lanes"].size(); ++i) {
      const Json& lane = series["lanes"][i];
      if (i == lanes_.size()) lanes_.push_back(Json::object());
      Splice(lanes_[i], lane, from / every, lane["response"]["max"].size());
    }
    for (size_t i = 0; i < series["workers"].size(); ++i) {
      const Json& worker = series["workers"][i];
      if (i == workers_.size()) workers_.push_back(Json::object());
      Splice(workers_[i], worker, from / every,
             worker["lateness"]["max"].size());
    }
  }
  friend bool operator==(const Page&, const Page&) = default;

 private:
  Json whole_ = Json::object();
  Json heat_ = Json::array();
  std::vector<Json> lanes_;
  std::vector<Json> workers_;
};

class LiveViewTest : public ::testing::Test {
 protected:
  // 20 s of 0.1 s bins; with 70 instances several bins make a point of a lane.
  LiveViewTest() {
    constexpr uint32_t instances = 70;
    std::vector<InstancePlan> plans;
    for (uint32_t i = 0; i < instances; ++i) {
      plans.push_back(ListInstance(absl::StrCat("f", i), {1, 2}, 20));
    }
    workload_.plan = PlanOf(std::move(plans), 20);
    workload_.plan.test_name = "peak";
    std::vector<Share> whole;
    for (uint32_t i = 0; i < instances; ++i) whole.push_back({i, 0, 1});
    census_ = TakeCensus(workload_.plan, {whole, {}});
    totals_.resize(instances);
    workers_.resize(2);
    workers_[0].name = "w0";
    workers_[1].name = "w1";
    timeline_ = std::make_unique<Timeline>(TimeBins(20), census_.lanes,
                                           census_.bins, workers_.size());
    view_.Begin({&workload_, &census_, &workers_, "run1", "", "invocator run",
                 absl::UnixEpoch()});
  }

  // A call of 10 ms that ended in the tick.
  void AddCall(uint32_t tick, size_t instance = 0, size_t worker = 0,
               int64_t response_ns = 10 * kMs) {
    BinTotals bin;
    bin.sent = 1;
    bin.Of(Outcome::kOk) = 1;
    bin.response.Add(response_ns);
    bin.service.Add(response_ns);
    bin.lateness.Add(response_ns / 10);
    totals_[instance].MergeBin(bin);
    timeline_->Add(worker, instance, tick, bin);
  }
  void Tick(double elapsed_s) {
    if (!view_.IsDue(elapsed_s)) return;
    view_.Show({elapsed_s, totals_, {}, *timeline_, 3, [] {
                  return std::vector<std::string>{"missed"};
                }});
    ++shown_;
  }
  // Kind and data.
  std::vector<std::pair<std::string, Json>> TakeAll(uint64_t watcher) {
    std::vector<std::pair<std::string, Json>> events;
    while (FeedEvent event = feed_.Next(watcher)) {
      const size_t data = event->find("\ndata: ") + 7;
      events.emplace_back(event->substr(7, event->find('\n') - 7),
                          Json::parse(event->substr(data)));
    }
    return events;
  }
  // Makes new watchers need a snapshot, while `watcher` is up to date. Returns
  // the id of its last event.
  uint64_t PushOutTheSnapshot(uint64_t watcher) {
    uint64_t id = 0;
    for (int i = 0; i < 2; ++i) {
      feed_.PublishBins(std::string(LiveFeed::kMostHeldBytes * 2 / 3, 'x'));
      const std::string event = *feed_.Next(watcher);
      const size_t at = event.find("\nid: ") + 5;
      EXPECT_TRUE(
          absl::SimpleAtoi(event.substr(at, event.find('\n', at) - at), &id));
    }
    return id;
  }
  Page WholePage(uint32_t until) {
    Page page;
    page.Take(Json::parse(PageSeriesJson(
        *timeline_, LaneNames(timeline_->lanes(), workload_.plan),
        WorkerSeriesOf(*timeline_, {"w0", "w1"}), 0, until)));
    return page;
  }

  LoadedWorkload workload_;
  Census census_;
  std::vector<Totals> totals_;
  std::vector<RunWorker> workers_;
  std::unique_ptr<Timeline> timeline_;
  LiveFeed feed_;
  MetricsBoard board_;
  LiveView view_{feed_, board_};
  int shown_ = 0;
};

TEST_F(LiveViewTest, WithoutWatchersNothingIsDue) {
  for (int tick = 0; tick < 100; ++tick) Tick(tick / 10.0);
  EXPECT_EQ(shown_, 0);
}

TEST_F(LiveViewTest, AWatcherGetsASnapshotAtOnceAndBinsEverySecond) {
  Tick(3.2);
  const uint64_t watcher = *feed_.Join();
  for (int tick = 33; tick <= 63; ++tick) Tick(tick / 10.0);
  const auto events = TakeAll(watcher);
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[0].first, "snapshot");
  EXPECT_EQ(events[0].second["live"], true);
  EXPECT_EQ(events[0].second["run"]["run_id"], "run1");
  EXPECT_EQ(events[0].second["run"]["test_name"], "peak");
  EXPECT_EQ(events[0].second["instances"].size(), 70u);
  std::vector<double> at;
  for (const auto& [kind, data] : events) {
    at.push_back(data["totals"]["elapsed_s"]);
  }
  EXPECT_THAT(at, ElementsAre(3.3, 4, 5, 6));
  EXPECT_EQ(events[3].first, "bins");
  EXPECT_EQ(events[3].second["totals"]["in_flight"], 3);
  EXPECT_THAT(events[3].second["totals"]["missed"], ElementsAre("missed"));
}

TEST_F(LiveViewTest, SnapshotAndBinsMakeThePageThatTheWholeMakes) {
  ASSERT_GT(BinsPerPoint(*timeline_, timeline_->worker_lanes()), 1u);
  const uint64_t watcher = *feed_.Join();
  std::mt19937 random(5);
  const auto below = [&random](uint32_t limit) {
    return static_cast<uint32_t>(random() % limit);
  };
  Page page;
  for (int tick = 0; tick < 200; ++tick) {
    const auto bin = static_cast<uint32_t>(tick);
    for (uint32_t i = below(8); i > 0; --i) {
      // Calls also end in bins of long ago.
      AddCall(below(4) == 0 ? bin - below(bin + 1) : bin, below(70), below(2),
              1 + below(1'000'000) * int64_t{1'000});
    }
    if (tick == 120) timeline_->AddLost(1, 3, 40, 2);
    Tick(tick / 10.0);
    bool any = false;
    for (const auto& [kind, data] : TakeAll(watcher)) {
      page.Take(data["series"]);
      any = true;
    }
    if (!any) continue;
    ASSERT_EQ(page, WholePage(static_cast<uint32_t>(tick) + 1)) << tick;
  }
  EXPECT_EQ(shown_, 20);
}

TEST_F(LiveViewTest, ALateWatcherSeesWhatTheOthersSee) {
  const uint64_t first = *feed_.Join();
  AddCall(1);
  Tick(0.5);
  AddCall(11);
  const uint64_t late = *feed_.Join();
  AddCall(3);
  Tick(1.5);
  AddCall(20);
  Tick(2.5);
  for (const uint64_t watcher : {first, late}) {
    Page page;
    for (const auto& [kind, data] : TakeAll(watcher)) {
      page.Take(data["series"]);
    }
    EXPECT_EQ(page, WholePage(26));
  }
}

TEST_F(LiveViewTest, ATickThatPublishesNothingTakesNoChanges) {
  const uint64_t first = *feed_.Join();
  Tick(0.5);
  Page page;
  for (const auto& [kind, data] : TakeAll(first)) page.Take(data["series"]);
  const uint64_t last_seen = PushOutTheSnapshot(first);
  feed_.Join();
  feed_.Leave(first);
  AddCall(7);
  Tick(1.0);
  const uint64_t again = *feed_.Join(last_seen);
  Tick(2.0);
  for (const auto& [kind, data] : TakeAll(again)) page.Take(data["series"]);
  EXPECT_EQ(page, WholePage(21));
}

TEST_F(LiveViewTest, WhoeverMissedWhatASnapshotHoldsGetsIt) {
  const uint64_t first = *feed_.Join();
  Tick(0.5);
  TakeAll(first);
  const uint64_t last_seen = PushOutTheSnapshot(first);
  feed_.Join();
  feed_.Leave(first);
  AddCall(7);
  Tick(1.6);
  const uint64_t again = *feed_.Join(last_seen);
  Tick(2.0);
  Page page;
  const auto events = TakeAll(again);
  ASSERT_GE(events.size(), 1u);
  ASSERT_EQ(events[0].first, "snapshot");
  for (const auto& [kind, data] : events) page.Take(data["series"]);
  EXPECT_EQ(page, WholePage(21));
}

TEST_F(LiveViewTest, ReloadingMakesNoMoreThanASnapshotASecond) {
  for (int tick = 0; tick < 30; ++tick) {
    const uint64_t watcher = *feed_.Join();
    Tick(tick / 10.0);
    feed_.Leave(watcher);
  }
  EXPECT_LE(shown_, 6);
}

TEST_F(LiveViewTest, MetricsAreMadeWhenAskedFor) {
  const uint64_t empty = board_.version();
  EXPECT_THAT(*board_.latest(), HasSubstr("sent_total{instance=\"f0\"} 0\n"));
  AddCall(1);
  AddCall(11, /*instance=*/1);
  workers_[1].stage = RunWorker::Stage::kStarted;
  Tick(1.5);
  EXPECT_EQ(board_.version(), empty);
  board_.Ask();
  Tick(1.6);
  const std::string text = *board_.latest();
  EXPECT_THAT(text, HasSubstr("invocator_run_info{run=\"run1\",test=\"peak\""));
  EXPECT_THAT(text, HasSubstr("planned_total{instance=\"f0\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("sent_total{instance=\"f1\"} 1\n"));
  // At 1 s, of 70 instances.
  EXPECT_THAT(text, HasSubstr("\ninvocator_due_total 70\n"));
  EXPECT_THAT(text, HasSubstr("response_seconds_count 2\n"));
  EXPECT_THAT(text, HasSubstr("\ninvocator_in_flight 3\n"));
  EXPECT_THAT(text, HasSubstr("workers{state=\"playing\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("workers{state=\"waiting\"} 1\n"));
}

TEST_F(LiveViewTest, MetricsAreAwaitedOnlyWhileTheRunTicks) {
  EXPECT_EQ(board_.Ask(), board_.version());
  Tick(0.1);
  EXPECT_EQ(board_.Ask(), board_.version() + 1);
  view_.Finish(RunReport(), "{}");
  EXPECT_EQ(board_.Ask(), board_.version());
}

TEST_F(LiveViewTest, MetricsAreMadeAtMostFiveTimesASecond) {
  for (int tick = -100; tick < 100; ++tick) {
    board_.Ask();
    Tick(tick / 100.0);
  }
  EXPECT_LE(shown_, 10);
  EXPECT_GE(shown_, 9);
}

TEST_F(LiveViewTest, TheLastRunIsToldAtTheEnd) {
  const uint64_t watcher = *feed_.Join();
  Tick(0.5);
  TakeAll(watcher);
  RunReport report;
  report.run_id = "run1";
  report.test_name = "peak";
  view_.Finish(report, "{\"live\":false}");
  EXPECT_EQ(TakeAll(watcher).size(), 0u);
  view_.End();
  const auto events = TakeAll(watcher);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].first, "done");
  EXPECT_EQ(events[0].second["live"], false);
}

TEST_F(LiveViewTest, WhyARunDidNotStartIsToldAtTheEnd) {
  const uint64_t watcher = *feed_.Join();
  view_.Refuse("1 of 2 workers joined \"</script>\"");
  view_.End();
  const auto events = TakeAll(watcher);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].first, "done");
  EXPECT_EQ(events[0].second,
            Json({{"refused", "1 of 2 workers joined \"</script>\""}}));
}

TEST_F(LiveViewTest, ARefusedRunOfASeriesDoesNotHideTheOneBefore) {
  const uint64_t watcher = *feed_.Join();
  RunReport report;
  report.run_id = "run1";
  view_.Finish(report, "{\"live\":false}");
  view_.Refuse("no");
  view_.End();
  view_.End();
  const auto events = TakeAll(watcher);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].second, Json({{"refused", "no"}, {"live", false}}));
}

TEST_F(LiveViewTest, WorkersAreCountedBeforeTheStart) {
  EXPECT_THAT(*board_.latest(), HasSubstr("workers{state=\"waiting\"} 2\n"));
  workers_.resize(3);
  view_.ShowWorkers();
  EXPECT_THAT(*board_.latest(), HasSubstr("workers{state=\"waiting\"} 3\n"));
}

}  // namespace
}  // namespace invocator
