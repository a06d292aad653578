#include "coordinator/conductor/losses.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/losses_fixture.h"

namespace invocator {
namespace {

class LossesTest : public LossesFixture {};

TEST_F(LossesTest, AnotherWorkerTakesWhatIsGivenBackBeforeTheStart) {
  AddWorkers(2);
  Make(OnWorkerLoss::kReplan).Lose(At(0), kGone, /*for_good=*/true);
  EXPECT_TRUE(At(0).handed_over);
  losses_->Lose(At(1), kGone, /*for_good=*/true);
  EXPECT_FALSE(At(1).handed_over);  // nobody is left
}

TEST_F(LossesTest, ADrainThatEndsEarlyByADriftingClockIsNoLoss) {
  plan_.duration_s = 7'200;
  const Losses& losses = Playing(OnWorkerLoss::kFinish, 1);
  const int64_t drained_ns = 7'200 * kS + absl::ToInt64Nanoseconds(kDrain);
  EXPECT_TRUE(losses.MayEnd(At(0), drained_ns - kS));
  EXPECT_FALSE(losses.MayEnd(At(0), drained_ns - 60 * kS));
}

TEST_F(LossesTest, TheSilenceOfOneLostIsItsLeaseAndAMargin) {
  Losses& losses = Playing(OnWorkerLoss::kFinish, 2);
  clock_.Advance(2 * kS);
  losses.Lose(At(0), kGone, /*for_good=*/false);
  EXPECT_EQ(At(0).loss.silent_from_ns, 6 * kS + kLeaseMargin);
  EXPECT_FALSE(At(0).loss.given_up);
  EXPECT_TRUE(At(1).extends.empty());
}

TEST_F(LossesTest, WhoWasToldNoStartMayHaveSentNothing) {
  AddWorkers(2);
  Losses& losses = Make(OnWorkerLoss::kFinish);
  losses.BeginPlaying(plan_, kDrain);
  heartbeat_.Beat();
  clock_.Advance(kS);
  losses.Lose(At(0), kGone, /*for_good=*/true);
  EXPECT_EQ(At(0).loss.silent_from_ns, 0);
}

TEST_F(LossesTest, WithoutLeasesTheSilenceBeginsNow) {
  AddWorkers(2);
  Losses& losses = Make(OnWorkerLoss::kFinish, std::nullopt);
  losses.BeginPlaying(plan_, kDrain);
  StartAll(losses);
  clock_.Advance(3 * kS);
  losses.Lose(At(0), kGone, /*for_good=*/true);
  EXPECT_EQ(At(0).loss.silent_from_ns, 3 * kS);
  losses.Tend();  // there is no lease that could have ended
  EXPECT_FALSE(At(1).lost());
}

TEST_F(LossesTest, ALossBeforeItsStartIsNoNegativeSilence) {
  Losses& losses = Playing(OnWorkerLoss::kFinish, 1);
  At(0).start.begins_ns = clock_.NowNs() + 100 * kS;
  losses.Lose(At(0), kGone, /*for_good=*/false);
  EXPECT_EQ(At(0).loss.silent_from_ns, 0);
}

TEST_F(LossesTest, TheFirstReasonStays) {
  Losses& losses = Playing(OnWorkerLoss::kFinish, 2);
  losses.Lose(At(0), kGone, /*for_good=*/false);
  EXPECT_FALSE(At(0).loss.given_up);
  EXPECT_TRUE(At(0).session.has_value());
  losses.Lose(At(0), absl::InternalError("again"), /*for_good=*/true);
  EXPECT_EQ(At(0).loss.why, kGone);
  EXPECT_TRUE(At(0).loss.given_up);
  EXPECT_FALSE(At(0).session.has_value());
}

TEST_F(LossesTest, OneThatIsLostGetsNoLease) {
  AddWorkers(2);
  Losses& losses = Make(OnWorkerLoss::kFinish);
  losses.BeginPlaying(plan_, kDrain);
  losses.Lose(At(0), kGone, /*for_good=*/false);
  heartbeat_.Beat();
  EXPECT_EQ(heartbeat_.LeasedUntilNs(At(0).member_key), 0);
  EXPECT_GT(heartbeat_.LeasedUntilNs(At(1).member_key), 0);
}

TEST_F(LossesTest, AbortEndsTheRunAndTheWorkerForGood) {
  Losses& losses = Playing(OnWorkerLoss::kAbort, 2);
  EXPECT_TRUE(losses.aborted().ok());
  losses.Lose(At(0), kGone, /*for_good=*/false);
  EXPECT_EQ(losses.aborted(), kGone);
  EXPECT_TRUE(At(0).loss.given_up);
  EXPECT_TRUE(At(1).extends.empty());
}

// Lost at `lost_ns` with a lease until then.
struct Instants {
  int64_t lease_end_ns;  // since the start
  int64_t lost_ns;
  int64_t from_ns;  // what moves
};

class ReplanInstantTest : public LossesFixture,
                          public testing::WithParamInterface<Instants> {};

TEST_P(ReplanInstantTest, LiesBeyondTheSilenceAndAhead) {
  Losses& losses = Playing(OnWorkerLoss::kReplan, 2);
  // Leases are 6 s: so it began that much before the one it has ends.
  At(0).start.begins_ns =
      clock_.NowNs() + 6 * kS + kLeaseMargin - GetParam().lease_end_ns;
  clock_.Advance(GetParam().lost_ns);
  losses.Lose(At(0), kGone, /*for_good=*/false);
  ASSERT_EQ(At(1).extends.size(), 1u);
  EXPECT_EQ(At(1).extends[0].from_ns, GetParam().from_ns);
  EXPECT_EQ(At(1).pieces[1].from_ns, GetParam().from_ns);
  EXPECT_EQ(At(0).pieces[0].until_ns, GetParam().from_ns);
}

INSTANTIATE_TEST_SUITE_P(
    Losses, ReplanInstantTest,
    testing::Values(
        // A fraction of a millisecond, and none.
        Instants{5'000'400'000, 0, 5'001'000'000},
        Instants{5'000'000'000, 0, 5'001'000'000},
        Instants{5'000'999'999, 0, 5'001'000'000},
        Instants{5'001'000'000, 0, 5'002'000'000},
        // The lead of 200 ms, where the silence is past.
        Instants{5'000'000'000, 4'800'000'000, 5'001'000'000},
        Instants{5'000'000'000, 4'801'000'000, 5'002'000'000},
        Instants{5'000'000'000, 9'000'300'000, 9'201'000'000}));

TEST_F(LossesTest, EveryCallHasOneOwnerBeforeAndAfterALoss) {
  Losses& losses = Playing(OnWorkerLoss::kReplan, 3);
  losses.Lose(At(0), kGone, /*for_good=*/false);
  const int64_t from_ns = At(1).extends[0].from_ns;
  ASSERT_EQ(At(2).extends[0].from_ns, from_ns);
  for (uint64_t sequence = 0; sequence < 30; ++sequence) {
    EXPECT_EQ(OwnersOf(roster_, sequence, from_ns - 1).size(), 1u);
    const auto after = OwnersOf(roster_, sequence, from_ns);
    ASSERT_EQ(after.size(), 1u);
    EXPECT_NE(after[0], "a");
  }
}

TEST_F(LossesTest, WhatAnHeirWasGivenMovesOnWithIt) {
  Losses& losses = Playing(OnWorkerLoss::kReplan, 3);
  losses.Lose(At(0), kGone, /*for_good=*/false);
  clock_.Advance(2 * kS);
  losses.Lose(At(1), kGone, /*for_good=*/false);
  // Two pieces: what it had, and what it was given.
  ASSERT_EQ(At(2).extends.size(), 2u);
  for (uint64_t sequence = 0; sequence < 30; ++sequence) {
    EXPECT_EQ(OwnersOf(roster_, sequence, 50 * kS),
              std::vector<std::string>({"c"}))
        << sequence;
  }
}

TEST_F(LossesTest, OnlyThoseWhoCanPlayOnAreHeirs) {
  Losses& losses = Playing(OnWorkerLoss::kReplan, 7);
  At(1).stage = RunWorker::Stage::kAssigned;
  roster_.Move(2, std::nullopt);
  At(3).done.emplace();
  At(4).loss.why = kGone;
  At(5).leave.at_ns = 30 * kS;
  losses.Lose(At(0), kGone, /*for_good=*/false);
  for (size_t i = 1; i < 6; ++i) EXPECT_TRUE(At(i).extends.empty()) << i;
  ASSERT_EQ(At(6).extends.size(), 1u);
  EXPECT_EQ(At(6).extends[0].shares.size(), 1u);
  EXPECT_EQ(At(6).extends[0].shares[0].count, 7u);  // not striped: one heir
}

TEST_F(LossesTest, TheOnlyHeirMayBeAwayWhileItsLeaseHolds) {
  Losses& losses = Playing(OnWorkerLoss::kReplan, 2);
  roster_.Move(1, std::nullopt);
  losses.Lose(At(0), kGone, /*for_good=*/false);
  ASSERT_EQ(At(1).extends.size(), 1u);  // sent when it rejoins
  EXPECT_EQ(OwnersOf(roster_, 0, 20 * kS), std::vector<std::string>({"b"}));
  Pass(6 * kS + kLeaseMargin);
  EXPECT_TRUE(At(1).lost());
}

TEST_F(LossesTest, WithoutHeirsWhatWasPlannedStaysWithTheLost) {
  Losses& losses = Playing(OnWorkerLoss::kReplan, 1);
  losses.Lose(At(0), kGone, /*for_good=*/false);
  EXPECT_EQ(At(0).pieces[0].until_ns, Piece::kForever);
}

TEST_F(LossesTest, ALossAfterTheStopExtendsNobody) {
  Losses& losses = Playing(OnWorkerLoss::kReplan, 2);
  losses.OnStop(/*now=*/true);
  losses.Lose(At(0), kGone, /*for_good=*/false);
  EXPECT_TRUE(At(1).extends.empty());
  EXPECT_EQ(At(0).pieces[0].until_ns, Piece::kForever);
}

TEST_F(LossesTest, ALossOnceThePlanIsOverExtendsNobody) {
  Losses& losses = Playing(OnWorkerLoss::kReplan, 2);
  clock_.Advance(59'799 * kMs);  // with the lead, a ms before the end
  losses.Lose(At(0), kGone, /*for_good=*/false);
  EXPECT_TRUE(At(1).extends.empty());
}

TEST_F(LossesTest, ALossJustBeforeThePlanIsOverStillExtends) {
  Losses& losses = Playing(OnWorkerLoss::kReplan, 2);
  clock_.Advance(59'798 * kMs);
  losses.Lose(At(0), kGone, /*for_good=*/false);
  ASSERT_EQ(At(1).extends.size(), 1u);
  EXPECT_EQ(At(1).extends[0].from_ns, 59'999 * kMs);
}

TEST_F(LossesTest, OneLostInPreparationIsReplannedWhenAllAreReady) {
  AddWorkers(3);
  Losses& losses = Make(OnWorkerLoss::kReplan);
  losses.Lose(At(0), kGone, /*for_good=*/true);
  EXPECT_TRUE(At(1).extends.empty());
  losses.BeginPlaying(plan_, kDrain);
  ASSERT_EQ(At(1).extends.size(), 1u);
  ASSERT_EQ(At(2).extends.size(), 1u);
  EXPECT_EQ(At(1).extends[0].from_ns, 0);
  EXPECT_EQ(At(0).pieces[0].until_ns, 0);
}

TEST_F(LossesTest, OneLostInPreparationIsNotReplannedUnderFinish) {
  AddWorkers(2);
  Losses& losses = Make(OnWorkerLoss::kFinish);
  losses.Lose(At(0), kGone, /*for_good=*/true);
  losses.BeginPlaying(plan_, kDrain);
  EXPECT_TRUE(At(1).extends.empty());
}

TEST_F(LossesTest, BlockingInstancesAreGivenWhole) {
  AddWorker("a", 0, 1);
  AddWorker("b", 0, 1).pieces = {{{}}};
  AddWorker("c", 0, 1).pieces = {{{}}};
  plan_.blocking = true;
  Losses& losses = Make(OnWorkerLoss::kReplan);
  losses.BeginPlaying(plan_, kDrain);
  StartAll(losses);
  losses.Lose(At(0), kGone, /*for_good=*/false);
  EXPECT_EQ(At(1).extends.size() + At(2).extends.size(), 1u);
}

}  // namespace
}  // namespace invocator
