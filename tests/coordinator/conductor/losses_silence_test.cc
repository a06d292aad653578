// Workers that fall silent: no message, no report, or no Done after a stop.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "coordinator/conductor/losses.h"
#include "tests/support/losses_fixture.h"

namespace invocator {
namespace {

using testing::HasSubstr;

class SilenceTest : public LossesFixture {};

TEST_F(SilenceTest, AWorkerIsLostWhenItsLeaseHasEndedAndNotBefore) {
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

TEST_F(SilenceTest, ItMayComeBackForEightSecondsAfterItsLease) {
  Playing(OnWorkerLoss::kFinish, 1);
  Pass(6 * kS + kLeaseMargin + 8 * kS - 1);
  EXPECT_TRUE(At(0).lost());
  EXPECT_FALSE(At(0).loss.given_up);
  Pass(1);
  EXPECT_TRUE(At(0).loss.given_up);
}

TEST_F(SilenceTest, OneThatStillBringsReportsIsNotGivenUp) {
  Playing(OnWorkerLoss::kFinish, 1);
  Pass(20 * kS, /*heard=*/{0});
  EXPECT_TRUE(At(0).lost());  // by its lease
  EXPECT_FALSE(At(0).loss.given_up);
  Pass(8 * kS - 1);
  EXPECT_FALSE(At(0).loss.given_up);
  Pass(1);
  EXPECT_TRUE(At(0).loss.given_up);
}

TEST_F(SilenceTest, WhoIsDoneOrWasToldNoStartIsNotLost) {
  Playing(OnWorkerLoss::kFinish, 2);
  At(0).done.emplace();
  At(1).stage = RunWorker::Stage::kReady;
  Pass(60 * kS);
  EXPECT_FALSE(At(0).lost());
  EXPECT_FALSE(At(1).lost());
}

TEST_F(SilenceTest, LeasesAreNotLookedAtBeforeThePlaying) {
  AddWorkers(1);
  Losses& losses = Make(OnWorkerLoss::kFinish);
  StartAll(losses);
  Pass(60 * kS);
  EXPECT_FALSE(At(0).lost());
}

class MuteTest : public LossesFixture {
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
class StoppedTest : public LossesFixture {
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

TEST_F(StoppedTest, WhoIsToldAnInstantDrainsFromThereOn) {
  losses_->OnStopFrom(2 * kS);
  Pass(5 * kS - 1);
  EXPECT_FALSE(At(0).lost());
  Pass(1);
  EXPECT_TRUE(At(0).lost());
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

TEST_F(SilenceTest, WithoutAStopNobodyHasToSayDone) {
  AddWorkers(1);
  LeaseTerms terms = Terms();
  terms.done_patience = absl::ZeroDuration();
  Make(OnWorkerLoss::kFinish, terms).BeginPlaying(plan_, kDrain);
  StartAll(*losses_);
  Pass(5 * kS, {0});
  EXPECT_FALSE(At(0).lost());
}

}  // namespace
}  // namespace invocator
