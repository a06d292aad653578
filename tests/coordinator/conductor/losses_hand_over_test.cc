// Calls of a worker that leaves are handed over to the others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "coordinator/conductor/losses.h"
#include "tests/support/losses_fixture.h"

namespace invocator {
namespace {

using testing::HasSubstr;

class HandOverTest : public LossesFixture {
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
