#include "coordinator/departures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/support/roster_fixture.h"

namespace invocator {
namespace {

using testing::HasSubstr;

class DeparturesTest : public RosterFixture {
 protected:
  void Play(OnWorkerLoss policy, size_t workers) {
    AddWorkers(workers);
    losses_.emplace(*fleet_, clock_, roster_, heartbeat_, policy, Terms());
    losses_->BeginPlaying(plan_);
    StartAll(*losses_);
    departures_.emplace(*fleet_, roster_, heartbeat_, *losses_);
  }
  absl::Status Leave(size_t index, int64_t from_ns, uint64_t extends = 0,
                     bool begun = true) {
    wire::Leave leave;
    leave.set_from_ns(from_ns);
    leave.set_extends(extends);
    return departures_->Take(At(index), leave, begun);
  }
  void SayDone(size_t index, bool exhausted = true) {
    At(index).done.emplace().set_schedule_exhausted(exhausted);
  }

  std::optional<Losses> losses_;
  std::optional<Departures> departures_;
};

TEST_F(DeparturesTest, ALeaverIsNamedWithItsInstantAndItsHeirs) {
  Play(OnWorkerLoss::kReplan, 2);
  EXPECT_TRUE(Leave(0, 3'240 * kMs).ok());
  EXPECT_EQ(At(0).departure,
            "worker a left at 3.2 s: worker b plays its later "
            "invocations");
  EXPECT_EQ(At(0).leaves_ns, 3'240 * kMs);
  EXPECT_FALSE(At(0).lost());
}

TEST_F(DeparturesTest, TheSameAgainIsNothingNew) {
  Play(OnWorkerLoss::kReplan, 2);
  ASSERT_TRUE(Leave(0, 3 * kS).ok());
  EXPECT_TRUE(Leave(0, 3 * kS).ok());
  EXPECT_EQ(At(1).extends.size(), 1u);
  SayDone(0);
  EXPECT_TRUE(Leave(0, 3 * kS).ok());
}

TEST_F(DeparturesTest, AnotherInstantIsOutOfOrder) {
  Play(OnWorkerLoss::kReplan, 2);
  ASSERT_TRUE(Leave(0, 3 * kS).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(Leave(0, 3 * kS + 1)));
  EXPECT_EQ(At(0).leaves_ns, 3 * kS);
}

TEST_F(DeparturesTest, WhatCannotBeIsOutOfOrder) {
  Play(OnWorkerLoss::kReplan, 4);
  EXPECT_TRUE(absl::IsInvalidArgument(Leave(0, -1)));
  EXPECT_TRUE(absl::IsInvalidArgument(Leave(0, kS, /*extends=*/1)));
  At(1).started = false;
  EXPECT_TRUE(absl::IsInvalidArgument(Leave(1, kS)));
  SayDone(2);
  EXPECT_TRUE(absl::IsInvalidArgument(Leave(2, kS)));
  EXPECT_TRUE(absl::IsAborted(Leave(3, kS, 0, /*begun=*/false)));
  for (const RunWorker& worker : roster_.workers()) {
    EXPECT_FALSE(worker.leaves_ns);
    EXPECT_TRUE(worker.extends.empty());
  }
}

TEST_F(DeparturesTest, ALeaveAtTheStartLeavesEverything) {
  Play(OnWorkerLoss::kReplan, 2);
  EXPECT_TRUE(Leave(0, 0).ok());
  ASSERT_EQ(At(1).extends.size(), 1u);
  EXPECT_EQ(At(1).extends[0].from_ns(), 0);
}

TEST_F(DeparturesTest, OneLostBeforeGivesNothingAwayASecondTime) {
  Play(OnWorkerLoss::kReplan, 2);
  losses_->Lose(At(0), absl::UnavailableError("gone"), /*for_good=*/false);
  ASSERT_EQ(At(1).extends.size(), 1u);
  EXPECT_TRUE(Leave(0, 20 * kS).ok());
  EXPECT_EQ(At(1).extends.size(), 1u);
  EXPECT_EQ(At(0).departure,
            "worker a left at 20.0 s: it was lost before the coordinator heard "
            "of it");
}

TEST_F(DeparturesTest, ExtendsThatItHasNotTakenGoToTheNext) {
  Play(OnWorkerLoss::kReplan, 3);
  losses_->Lose(At(0), absl::UnavailableError("gone"), /*for_good=*/false);
  ASSERT_EQ(At(1).extends.size(), 1u);
  ASSERT_EQ(At(2).extends.size(), 1u);
  EXPECT_TRUE(Leave(1, 20 * kS, /*extends=*/0).ok());
  EXPECT_TRUE(At(1).extends.empty());
  EXPECT_EQ(At(2).extends.size(), 3u);  // its own, the untaken, and the rest
}

TEST_F(DeparturesTest, ALeaverStaysUntilItIsDone) {
  Play(OnWorkerLoss::kReplan, 2);
  ASSERT_TRUE(Leave(0, kS).ok());
  departures_->LetGo();
  EXPECT_TRUE(At(0).session.has_value());
  SayDone(0);
  departures_->LetGo();
  EXPECT_FALSE(At(0).session.has_value());
  EXPECT_TRUE(At(1).session.has_value());
}

TEST_F(DeparturesTest, WhoHasPlayedToTheEndIsNotLetGo) {
  Play(OnWorkerLoss::kReplan, 2);
  SayDone(0);
  departures_->LetGo();
  EXPECT_TRUE(At(0).session.has_value());
}

TEST_F(DeparturesTest, AWorkerThatComesBackOnceItIsDoneIsLetGoAgain) {
  Play(OnWorkerLoss::kReplan, 2);
  ASSERT_TRUE(Leave(0, kS).ok());
  SayDone(0);
  departures_->LetGo();
  roster_.Move(0, 777);
  departures_->LetGo();
  EXPECT_FALSE(At(0).session.has_value());
}

}  // namespace
}  // namespace invocator
