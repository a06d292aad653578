#include "coordinator/conductor/losses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/roster_fixture.h"

namespace invocator {
namespace {

using testing::HasSubstr;

const absl::Status kGone = absl::UnavailableError("gone");

class LossesTest : public RosterFixture {
 protected:
  Losses& Make(OnWorkerLoss policy, std::optional<LeaseTerms> terms = Terms()) {
    return losses_.emplace(*fleet_, clock_, roster_, heartbeat_, policy, terms);
  }
  // `workers` under way, with `policy`.
  Losses& Playing(OnWorkerLoss policy, size_t workers) {
    AddWorkers(workers);
    Losses& losses = Make(policy);
    losses.BeginPlaying(plan_, kDrain);
    StartAll(losses);
    losses.Tend();
    return losses;
  }
  // Time passes in which the coordinator is awake, and `heard` report.
  void Pass(int64_t ns, const std::vector<size_t>& heard = {}) {
    const int64_t end_ns = clock_.NowNs() + ns;
    while (clock_.NowNs() < end_ns) {
      clock_.Advance(std::min<int64_t>(100 * kMs, end_ns - clock_.NowNs()));
      for (size_t i : heard) At(i).reports.last_ns = clock_.NowNs();
      losses_->Tend();
    }
  }

  std::optional<Losses> losses_;
};

// Who owns call `sequence` of the plan at `at_ns`, by their pieces.
std::vector<std::string> OwnersOf(const Roster& roster, uint64_t sequence,
                                  int64_t at_ns) {
  std::vector<std::string> owners;
  for (const RunWorker& worker : roster.workers()) {
    for (const Piece& piece : worker.pieces) {
      if (at_ns < piece.from_ns || at_ns >= piece.until_ns) continue;
      for (const Share& share : piece.shares) {
        if (share.Owns(sequence)) owners.push_back(worker.name);
      }
    }
  }
  return owners;
}

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

class ReplanInstantTest : public LossesTest,
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

TEST_F(LossesTest, AWorkerIsLostWhenItsLeaseHasEndedAndNotBefore) {
  Losses& losses = Playing(OnWorkerLoss::kFinish, 1);
  Pass(6 * kS + kLeaseMargin - 1);
  EXPECT_FALSE(At(0).lost());
  clock_.Advance(1);
  losses.Tend();
  EXPECT_TRUE(At(0).lost());
  EXPECT_FALSE(At(0).loss.given_up);
  EXPECT_THAT(std::string(At(0).loss.why.message()),
              HasSubstr("nothing is heard of it"));
}

TEST_F(LossesTest, ItMayComeBackForEightSecondsAfterItsLease) {
  Playing(OnWorkerLoss::kFinish, 1);
  Pass(6 * kS + kLeaseMargin + 8 * kS - 1);
  EXPECT_TRUE(At(0).lost());
  EXPECT_FALSE(At(0).loss.given_up);
  Pass(1);
  EXPECT_TRUE(At(0).loss.given_up);
}

TEST_F(LossesTest, OneThatStillBringsReportsIsNotGivenUp) {
  Playing(OnWorkerLoss::kFinish, 1);
  Pass(20 * kS, /*heard=*/{0});
  EXPECT_TRUE(At(0).lost());  // by its lease
  EXPECT_FALSE(At(0).loss.given_up);
  Pass(8 * kS - 1);
  EXPECT_FALSE(At(0).loss.given_up);
  Pass(1);
  EXPECT_TRUE(At(0).loss.given_up);
}

TEST_F(LossesTest, WhoIsDoneOrWasToldNoStartIsNotLost) {
  Playing(OnWorkerLoss::kFinish, 2);
  At(0).done.emplace();
  At(1).stage = RunWorker::Stage::kReady;
  Pass(60 * kS);
  EXPECT_FALSE(At(0).lost());
  EXPECT_FALSE(At(1).lost());
}

TEST_F(LossesTest, LeasesAreNotLookedAtBeforeThePlaying) {
  AddWorkers(1);
  Losses& losses = Make(OnWorkerLoss::kFinish);
  StartAll(losses);
  Pass(60 * kS);
  EXPECT_FALSE(At(0).lost());
}

class MuteTest : public LossesTest {
 protected:
  MuteTest() {
    AddWorkers(2);
    LeaseTerms terms = Terms();
    terms.return_patience = absl::Hours(1);  // a lost one is looked at, too
    Make(OnWorkerLoss::kFinish, terms).BeginPlaying(plan_, kDrain);
    StartAll(*losses_);
    losses_->Tend();
  }
};

TEST_F(MuteTest, TenSecondsWithoutAReportAreTheLimit) {
  Pass(10 * kS - 1, /*heard=*/{1});
  EXPECT_FALSE(At(0).loss.mute);
  Pass(1, {1});
  EXPECT_TRUE(At(0).loss.mute);
  EXPECT_FALSE(At(1).loss.mute);
}

TEST_F(MuteTest, AReportMakesItAMemberLikeOthersAgain) {
  Pass(10 * kS, {1});
  ASSERT_TRUE(At(0).loss.mute);
  At(0).reports.last_ns = clock_.NowNs();
  losses_->Tend();
  EXPECT_FALSE(At(0).loss.mute);
  Pass(10 * kS - 1, {1});
  EXPECT_FALSE(At(0).loss.mute);
  Pass(1, {1});
  EXPECT_TRUE(At(0).loss.mute);
}

TEST_F(MuteTest, WhileTheCoordinatorStandsStillNobodyIsMute) {
  Pass(9 * kS);
  clock_.Advance(5 * kS);
  losses_->Tend();
  EXPECT_FALSE(At(0).loss.mute);
  Pass(10 * kS - 1);
  EXPECT_FALSE(At(0).loss.mute);
  Pass(1);
  EXPECT_TRUE(At(0).loss.mute);
}

TEST_F(MuteTest, HalfASecondIsNoStandstill) {
  Pass(9'500 * kMs);
  clock_.Advance(500 * kMs);
  losses_->Tend();
  EXPECT_TRUE(At(0).loss.mute);
}

// Two workers that report, and are told to stop: 2 s of drain, 1 s of patience.
class StoppedTest : public LossesTest {
 protected:
  StoppedTest() {
    AddWorkers(2);
    LeaseTerms terms = Terms();
    terms.done_patience = absl::Seconds(1);
    Make(OnWorkerLoss::kFinish, terms).BeginPlaying(plan_, kDrain);
    StartAll(*losses_);
    losses_->Tend();
    losses_->OnStop(/*now=*/false);
  }
};

TEST_F(StoppedTest, WhoDoesNotSayDoneIsLostSomeTimeAfterTheDrain) {
  At(1).done.emplace();
  Pass(3 * kS - 1);
  EXPECT_FALSE(At(0).lost());
  Pass(1);
  EXPECT_TRUE(At(0).loss.given_up);
  EXPECT_EQ(
      At(0).loss.why,
      absl::UnavailableError("worker a was stopped, but never reported Done"));
  EXPECT_FALSE(At(1).lost());
}

TEST_F(StoppedTest, WhoIsToldToEndAtOnceHasNoDrain) {
  losses_->OnStop(/*now=*/true);
  Pass(kS - 1);
  EXPECT_FALSE(At(0).lost());
  Pass(1);
  EXPECT_TRUE(At(0).lost());
}

TEST_F(StoppedTest, WhoStillBringsSomethingIsWaitedFor) {
  Pass(2'500 * kMs);
  At(1).reports.brought_ns = clock_.NowNs();
  Pass(kS - 1);
  EXPECT_TRUE(At(0).lost());
  EXPECT_FALSE(At(1).lost());
  Pass(1);
  EXPECT_TRUE(At(1).lost());
}

TEST_F(StoppedTest, TheDrainOfOneThatIsAwayBeginsWhenItIsBack) {
  roster_.Move(1, std::nullopt);
  Pass(kS);
  roster_.Move(1, 777);
  Pass(3 * kS - 1);
  EXPECT_TRUE(At(0).lost());
  EXPECT_FALSE(At(1).lost());
  Pass(1);
  EXPECT_TRUE(At(1).lost());
}

TEST_F(StoppedTest, WhileTheCoordinatorStandsStillNobodyIsLost) {
  Pass(2'500 * kMs);
  clock_.Advance(600 * kMs);
  losses_->Tend();
  EXPECT_FALSE(At(0).lost());
  Pass(kS - 1);
  EXPECT_FALSE(At(0).lost());
  Pass(1);
  EXPECT_TRUE(At(0).lost());
}

TEST_F(LossesTest, WithoutAStopNobodyHasToSayDone) {
  AddWorkers(1);
  LeaseTerms terms = Terms();
  terms.done_patience = absl::ZeroDuration();
  Make(OnWorkerLoss::kFinish, terms).BeginPlaying(plan_, kDrain);
  StartAll(*losses_);
  Pass(5 * kS, {0});
  EXPECT_FALSE(At(0).lost());
}

class HandOverTest : public LossesTest {
 protected:
  std::string Leave(size_t index, int64_t at_ns, uint64_t extends = 0) {
    At(index).leave.at_ns = at_ns;
    return losses_->HandOver(At(index), extends);
  }
};

TEST_F(HandOverTest, TheOthersPlayFromThatVeryInstant) {
  Playing(OnWorkerLoss::kReplan, 3);
  const std::string words = Leave(0, 3'123'456'789);
  EXPECT_EQ(words, "the other 2 workers play its later invocations");
  EXPECT_TRUE(At(0).handed_over);
  EXPECT_EQ(At(0).pieces[0].until_ns, 3'123'456'789);
  ASSERT_EQ(At(1).extends.size(), 1u);
  EXPECT_EQ(At(1).extends[0].from_ns, 3'123'456'789);
  for (uint64_t sequence = 0; sequence < 30; ++sequence) {
    EXPECT_EQ(OwnersOf(roster_, sequence, 3'123'456'788).size(), 1u);
    const auto after = OwnersOf(roster_, sequence, 3'123'456'789);
    ASSERT_EQ(after.size(), 1u);
    EXPECT_NE(after[0], "a");
  }
}

TEST_F(HandOverTest, OneHeirIsNamed) {
  Playing(OnWorkerLoss::kReplan, 2);
  EXPECT_EQ(Leave(0, kS), "worker b plays its later invocations");
}

TEST_F(HandOverTest, ExtendsThatCrossTheLeaveGoToOthersWholly) {
  Losses& losses = Playing(OnWorkerLoss::kReplan, 3);
  losses.Lose(At(0), kGone, /*for_good=*/false);
  const int64_t lost_from_ns = At(1).extends[0].from_ns;
  ASSERT_EQ(At(2).extends.size(), 1u);
  // It leaves later than its Extend begins, of which it has not taken notice.
  Leave(1, lost_from_ns + 5 * kS, /*extends=*/0);
  EXPECT_TRUE(At(1).extends.empty());
  EXPECT_EQ(At(1).pieces.size(), 1u);
  EXPECT_EQ(At(1).pieces[0].until_ns, lost_from_ns + 5 * kS);
  EXPECT_EQ(At(2).extends.size(), 3u);
  for (uint64_t sequence = 0; sequence < 30; ++sequence) {
    for (int64_t at_ns : {int64_t{0}, lost_from_ns - 1, lost_from_ns,
                          lost_from_ns + 5 * kS - 1, lost_from_ns + 5 * kS}) {
      EXPECT_EQ(OwnersOf(roster_, sequence, at_ns).size(), 1u)
          << sequence << " at " << at_ns;
    }
  }
}

TEST_F(HandOverTest, ExtendsThatItTookStayUpToTheInstant) {
  Losses& losses = Playing(OnWorkerLoss::kReplan, 3);
  losses.Lose(At(0), kGone, /*for_good=*/false);
  const int64_t lost_from_ns = At(1).extends[0].from_ns;
  Leave(1, lost_from_ns + 5 * kS, /*extends=*/1);
  EXPECT_EQ(At(1).extends.size(), 1u);
  ASSERT_EQ(At(1).pieces.size(), 2u);
  EXPECT_EQ(At(1).pieces[1].from_ns, lost_from_ns);
  EXPECT_EQ(At(1).pieces[1].until_ns, lost_from_ns + 5 * kS);
  for (uint64_t sequence = 0; sequence < 30; ++sequence) {
    EXPECT_EQ(OwnersOf(roster_, sequence, lost_from_ns + 5 * kS),
              std::vector<std::string>({"c"}));
  }
}

TEST_F(HandOverTest, ALeaverIsNoHeirOfTheNext) {
  Playing(OnWorkerLoss::kReplan, 3);
  Leave(0, 10 * kS);
  Leave(1, 11 * kS, At(1).extends.size());
  EXPECT_TRUE(At(0).extends.empty());
  EXPECT_TRUE(At(1).handed_over);
  EXPECT_EQ(OwnersOf(roster_, 0, 20 * kS), std::vector<std::string>({"c"}));
}

TEST_F(HandOverTest, TheLastOneHasNobodyToHandOverTo) {
  Playing(OnWorkerLoss::kReplan, 1);
  EXPECT_THAT(Leave(0, kS), HasSubstr("no worker is left"));
  EXPECT_FALSE(At(0).handed_over);
  EXPECT_EQ(At(0).pieces[0].until_ns, Piece::kForever);
}

TEST_F(HandOverTest, AfterAStopNothingIsHandedOver) {
  Playing(OnWorkerLoss::kReplan, 2).OnStop(/*now=*/true);
  EXPECT_THAT(Leave(0, kS), HasSubstr("being stopped"));
  EXPECT_TRUE(At(0).handed_over);  // nobody wants it any more
  EXPECT_TRUE(At(1).extends.empty());
}

TEST_F(HandOverTest, AfterAStopALeaveIsNoReasonToAbort) {
  Playing(OnWorkerLoss::kAbort, 2).OnStop(/*now=*/true);
  EXPECT_THAT(Leave(0, kS), HasSubstr("being stopped"));
  EXPECT_TRUE(losses_->aborted().ok());
}

TEST_F(HandOverTest, AtThePlansEndThereIsNothingToHandOver) {
  Playing(OnWorkerLoss::kReplan, 2);
  EXPECT_THAT(Leave(0, 60 * kS), HasSubstr("had no later invocations"));
  EXPECT_TRUE(At(0).handed_over);
  EXPECT_TRUE(At(1).extends.empty());
}

TEST_F(HandOverTest, JustBeforeThePlansEndThereIs) {
  Playing(OnWorkerLoss::kReplan, 2);
  Leave(0, 60 * kS - 1);
  EXPECT_EQ(At(1).extends.size(), 1u);
}

TEST_F(HandOverTest, UnderFinishTheRestIsNotSent) {
  Playing(OnWorkerLoss::kFinish, 2);
  EXPECT_THAT(Leave(0, kS), HasSubstr("are not sent"));
  EXPECT_FALSE(At(0).handed_over);
  EXPECT_TRUE(At(1).extends.empty());
  EXPECT_TRUE(losses_->aborted().ok());
}

TEST_F(HandOverTest, UnderFinishALeaveAtTheEndCostsNothing) {
  Playing(OnWorkerLoss::kFinish, 2);
  EXPECT_THAT(Leave(0, 60 * kS), HasSubstr("had no later invocations"));
  EXPECT_TRUE(At(0).handed_over);
}

TEST_F(HandOverTest, UnderAbortTheRunEnds) {
  Playing(OnWorkerLoss::kAbort, 2);
  Leave(0, kS);
  EXPECT_FALSE(losses_->aborted().ok());
  EXPECT_FALSE(At(0).handed_over);
  EXPECT_FALSE(At(0).loss.given_up);  // it still tells what it has sent
}

TEST_F(HandOverTest, UnderAbortALeaveAtTheEndIsNoReason) {
  Playing(OnWorkerLoss::kAbort, 2);
  EXPECT_THAT(Leave(0, 60 * kS), HasSubstr("had no later invocations"));
  EXPECT_TRUE(At(0).handed_over);
  EXPECT_TRUE(losses_->aborted().ok());
}

TEST_F(HandOverTest, UnderAbortTheFirstLeaverIsTheReason) {
  Playing(OnWorkerLoss::kAbort, 2);
  Leave(0, kS);
  Leave(1, 2 * kS);
  EXPECT_EQ(losses_->aborted().message(), "worker a has left");
}

TEST_F(HandOverTest, ALeaverThatIsThenLostWasSilentFromItsInstantOn) {
  Losses& losses = Playing(OnWorkerLoss::kReplan, 2);
  Leave(0, 2 * kS);
  losses.Lose(At(0), kGone, /*for_good=*/false);
  EXPECT_EQ(At(0).loss.silent_from_ns, 2 * kS);
  EXPECT_EQ(At(1).extends.size(), 1u);  // nothing moves a second time
}

TEST_F(HandOverTest, ALeaverWhoseLeaseEndsBeforeItsInstantIsSilentFromThen) {
  Losses& losses = Playing(OnWorkerLoss::kReplan, 2);
  Leave(0, 9 * kS);
  losses.Lose(At(0), kGone, /*for_good=*/false);
  EXPECT_EQ(At(0).loss.silent_from_ns, 6 * kS + kLeaseMargin);
  // What lies between goes to the other, too.
  ASSERT_EQ(At(1).extends.size(), 2u);
  EXPECT_EQ(At(1).pieces[2].from_ns, 6'201 * kMs);
  EXPECT_EQ(At(1).pieces[2].until_ns, 9 * kS);
}

}  // namespace
}  // namespace invocator
