#include "coordinator/timeline/timeline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "tests/support/same_histogram.h"

namespace invocator {
namespace {

constexpr int64_t kMs = 1'000'000;

// Two instances with lanes, three workers, five bins of 0.1 s. Without planned
// calls, unless a test plans some.
class TimelineTest : public testing::Test {
 protected:
  TimelineTest() { Plan({}); }

  void Plan(const std::vector<std::vector<uint64_t>>& planned) {
    timeline_ = std::make_unique<Timeline>(TimeBins(0.5), ChooseLanes({9, 9}),
                                           planned, /*workers=*/3);
  }
  void Add(size_t instance, uint32_t tick, uint64_t sent, uint64_t ok,
           uint64_t aborted = 0) {
    BinTotals bin;
    bin.sent = sent;
    bin.Of(Outcome::kOk) = ok;
    bin.Of(Outcome::kAborted) = aborted;
    timeline_->Add(/*worker=*/0, instance, tick, bin);
  }

  std::unique_ptr<Timeline> timeline_;
};

TEST_F(TimelineTest, RowsReachFromTheStartToTheEndOfThePlanOrTheLastCount) {
  EXPECT_EQ(timeline_->rows(), 5u);
  Add(0, 4, 1, 1);
  EXPECT_EQ(timeline_->rows(), 5u);
  Add(1, 9, 0, 1);  // a call that ended this late
  EXPECT_EQ(timeline_->rows(), 10u);
  Add(0, 604, 0, 1);
  EXPECT_EQ(timeline_->rows(), 605u);
  EXPECT_EQ(timeline_->rows(), timeline_->bins().count());
}

TEST_F(TimelineTest, WhatIsPlannedOrLostIsInARow) {
  Plan({{1}, {0, 0, 0, 0, 0, 7}});
  EXPECT_EQ(timeline_->rows(), 6u);
  EXPECT_EQ(timeline_->Counts(0, 0).planned, 1u);
  EXPECT_EQ(timeline_->Counts(1, 5).planned, 7u);
  EXPECT_EQ(timeline_->Counts(5).planned, 7u);
  timeline_->AddLost(/*worker=*/1, /*lane=*/0, /*bin=*/7, 3);
  EXPECT_EQ(timeline_->rows(), 8u);
  EXPECT_EQ(timeline_->Counts(0, 7).sent, 3u);
  EXPECT_EQ(timeline_->Counts(7).Of(Outcome::kLost), 3u);
  EXPECT_EQ(timeline_->WorkerSent(1, 7), 3u);
  EXPECT_EQ(timeline_->WorkerSent(0, 7), 0u);
}

TEST_F(TimelineTest, TheLowestChangedBinIsToldOnce) {
  Plan({{1}, {0, 0, 0, 0, 0, 7}});
  EXPECT_GE(timeline_->TakeChangedFrom(), timeline_->rows());
  Add(0, 4, 1, 1);
  Add(1, 2, 1, 1);
  Add(0, 3, 1, 1);
  EXPECT_EQ(timeline_->TakeChangedFrom(), 2u);
  EXPECT_GE(timeline_->TakeChangedFrom(), timeline_->rows());
  Add(0, 7, 1, 1);
  timeline_->AddLost(/*worker=*/1, /*lane=*/0, /*bin=*/1, 3);
  EXPECT_EQ(timeline_->TakeChangedFrom(), 1u);
}

TEST_F(TimelineTest, CompletedAndFailedLeaveOutWhatTheyShould) {
  BinTotals bin;
  for (size_t i = 0; i < kOutcomes; ++i) bin.outcomes[i] = 1 << i;
  timeline_->Add(2, 1, 3, bin);
  const BinCounts counts = timeline_->Counts(1, 3);
  const uint64_t all = (1 << kOutcomes) - 1;
  EXPECT_EQ(counts.Failed(), all - bin.Of(Outcome::kOk));
  EXPECT_EQ(counts.Completed(),
            all - bin.Of(Outcome::kAborted) - bin.Of(Outcome::kLost));
}

TEST_F(TimelineTest, LatenciesOfLanesAddUpToThoseOfTheWhole) {
  BinTotals one, other;
  for (BinTotals* bin : {&one, &other}) {
    const int64_t ms = bin == &one ? 10 : 20;
    bin->lateness.Add(ms * kMs + 1);
    bin->service.Add(ms * kMs + 2);
    bin->response.Add(ms * kMs + 3);
    bin->first_byte.Add(ms * kMs + 4);
  }
  timeline_->Add(0, 0, 2, one);
  timeline_->Add(1, 1, 2, other);
  Histogram sum;
  sum.Merge(one.response);
  sum.Merge(other.response);
  EXPECT_TRUE(Same(timeline_->Response(0, 2), one.response));
  EXPECT_TRUE(Same(timeline_->Response(1, 2), other.response));
  EXPECT_TRUE(Same(timeline_->Response(2), sum));
  EXPECT_EQ(timeline_->Lateness(2).max_ns(), 20 * kMs + 1);
  EXPECT_EQ(timeline_->Service(2).max_ns(), 20 * kMs + 2);
  EXPECT_EQ(timeline_->FirstByte(2).max_ns(), 20 * kMs + 4);
  EXPECT_TRUE(Same(timeline_->WorkerLateness(0, 2), one.lateness));
  EXPECT_TRUE(Same(timeline_->WorkerLateness(1, 2), other.lateness));
  EXPECT_EQ(timeline_->WorkerLateness(2, 2).count(), 0u);
  EXPECT_EQ(timeline_->Response(1).count(), 0u);
  EXPECT_EQ(timeline_->Response(3).count(), 0u);
}

TEST_F(TimelineTest, AccountedIsWhatIsKnownOfThoseScheduledInABin) {
  BinTotals bin;
  bin.sent = 100;             // possibly scheduled in other bins
  bin.Of(Outcome::kOk) = 50;  // the same
  bin.dropped = 2;
  bin.Of(Outcome::kAborted) = 3;
  bin.response.Add(kMs, 7);
  timeline_->Add(0, 0, 1, bin);
  EXPECT_EQ(timeline_->Accounted(0, 1), 12u);
  timeline_->AddLost(0, 0, 1, 5);
  EXPECT_EQ(timeline_->Accounted(0, 1), 17u);
  EXPECT_EQ(timeline_->Accounted(1, 1), 0u);
  EXPECT_EQ(timeline_->Accounted(0, 400), 0u);
}

TEST_F(TimelineTest, InFlightIsWhatWasSentAndHasNotCompleted) {
  Add(0, 0, /*sent=*/5, /*ok=*/2);
  Add(1, 1, 10, 4);
  Add(0, 2, 0, 9);
  EXPECT_EQ(timeline_->MaxInFlight(), 9u);     // 3, 9, 0
  EXPECT_EQ(timeline_->MaxInFlightOf(0), 3u);  // 3, 3, -6 (impossible counts)
  EXPECT_EQ(timeline_->MaxInFlightOf(1), 6u);
}

TEST_F(TimelineTest, AbortedCallsStayInFlightAndLostOnesNeverWere) {
  Add(0, 0, /*sent=*/5, /*ok=*/1, /*aborted=*/4);
  timeline_->AddLost(0, 1, 0, 100);
  Add(0, 1, 3, 3);
  InFlight in_flight;
  EXPECT_EQ(in_flight.After(timeline_->Counts(0)), 4u);
  EXPECT_EQ(in_flight.After(timeline_->Counts(1)), 4u);
  EXPECT_EQ(timeline_->MaxInFlight(), 4u);
  EXPECT_EQ(timeline_->MaxInFlightOf(1), 0u);
}

TEST_F(TimelineTest, WithoutCallsNoneIsInFlight) {
  EXPECT_EQ(timeline_->MaxInFlight(), 0u);
}

TEST(Timeline, WorkersBeyond64ShareALane) {
  for (const size_t workers : {1u, 64u, 65u, 200u}) {
    Timeline timeline(TimeBins(1), ChooseLanes({1}), {}, workers);
    EXPECT_EQ(timeline.worker_lanes(), std::min<size_t>(workers, 65));
    for (size_t worker = 0; worker < workers; ++worker) {
      BinTotals bin;
      bin.sent = worker + 1;
      bin.lateness.Add(static_cast<int64_t>(worker + 1) * kMs);
      timeline.Add(worker, 0, 0, bin);
    }
    uint64_t shared = 0;
    for (size_t worker = 64; worker < workers; ++worker) shared += worker + 1;
    EXPECT_EQ(timeline.WorkerSent(0, 0), 1u);
    if (workers < 64) continue;
    EXPECT_EQ(timeline.WorkerSent(63, 0), 64u);
    if (workers == 64) continue;
    EXPECT_EQ(timeline.WorkerSent(64, 0), shared);
    EXPECT_EQ(timeline.WorkerLateness(64, 0).count(), workers - 64);
    EXPECT_EQ(timeline.WorkerLateness(64, 0).max_ns(),
              static_cast<int64_t>(workers) * kMs);
    timeline.AddLost(workers - 1, 0, 0, 1);
    EXPECT_EQ(timeline.WorkerSent(64, 0), shared + 1);
  }
}

}  // namespace
}  // namespace invocator
