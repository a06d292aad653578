// Books of a run that a worker left.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "common/plan/digest.h"
#include "coordinator/run/result_book.h"
#include "proto/fleet.pb.h"
#include "tests/support/result_book_fixture.h"

namespace invocator {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class DepartureBookTest : public ResultBookFixture {
 protected:
  // Worker "a,b" leaves after two of its three; `handed_over`: worker c takes
  // the third.
  void Leave(bool handed_over) {
    RunWorker& leaver = workers_[0];
    leaver.done->schedule_exhausted = true;
    workers_[1].done->schedule_exhausted = true;
    leaver.leave.at_ns = 2'500'000'000;
    leaver.handed_over = handed_over;
    leaver.leave.notice = "worker a,b left at 2.5 s: so it goes";
    leaver.pieces = {{{{0, 0, 1}}}};
    workers_[1].pieces = {{{{1, 0, 1}}}};
    if (handed_over) {
      leaver.pieces[0].until_ns = 2'500'000'000;
      workers_[1].pieces.push_back({{{0, 0, 1}}, 2'500'000'000});
      workers_[1].extends.resize(1);
      workers_[1].done->extends = 1;
    }
    ASSERT_TRUE(book_->OnProgress(0, ProgressOf(0, 2)).ok());
    ASSERT_TRUE(book_->OnProgress(1, ProgressOf(1, 1)).ok());
  }
  wire::Progress TheThird() {
    wire::Progress progress = ProgressOf(0, 1);
    progress.mutable_instances(0)->set_sent_digest(
        DigestTerm(HashName("f"), 2, 3 * kS));
    return progress;
  }
};

TEST_F(DepartureBookTest, WhatWasHandedOverAndPlayedCostsNothing) {
  Leave(/*handed_over=*/true);
  ASSERT_TRUE(book_->OnProgress(1, TheThird()).ok());
  const RunReport report = Close();
  EXPECT_THAT(report.book_errors, IsEmpty());
  EXPECT_THAT(report.losses, IsEmpty());
  EXPECT_THAT(report.departures,
              ElementsAre("worker a,b left at 2.5 s: so it goes"));
  EXPECT_EQ(report.workers[0].left_at_s, 2.5);
  EXPECT_EQ(report.workers[1].left_at_s, std::nullopt);
  EXPECT_EQ(report.workers[0].totals.planned, 2u);
  EXPECT_EQ(report.workers[1].totals.planned, 2u);
  EXPECT_EQ(report.total.unsent, 0u);
}

TEST_F(DepartureBookTest, WhatNobodyPlayedIsUnsentAndSaidSo) {
  Leave(/*handed_over=*/false);
  const RunReport report = Close();
  EXPECT_THAT(report.book_errors, IsEmpty());
  EXPECT_THAT(report.losses,
              ElementsAre("worker a,b left at 2.5 s: so it goes; 1 "
                          "invocation was not sent"));
  EXPECT_EQ(report.total.unsent, 1u);
  EXPECT_EQ(report.verdict.state, VerdictState::kMissed);
}

TEST_F(DepartureBookTest, AnHeirThatEndedTooEarlyIsNamed) {
  Leave(/*handed_over=*/true);
  workers_[1].done->extends = 0;
  const RunReport report = Close();
  EXPECT_THAT(report.book_errors, IsEmpty());
  EXPECT_THAT(report.losses,
              ElementsAre("worker c ended before it could play 1 invocation "
                          "given to it"));
}

TEST_F(DepartureBookTest, AnHeirThatWasStoppedIsNoLoss) {
  Leave(/*handed_over=*/true);
  workers_[1].done->extends = 0;
  EXPECT_THAT(Close(/*interrupted=*/true).losses, IsEmpty());
}

TEST_F(DepartureBookTest, ALeaveThatEndsTheRunIsALossWhoeverIsLeftUnsent) {
  Leave(/*handed_over=*/false);
  ASSERT_TRUE(book_->OnProgress(0, TheThird()).ok());
  const RunReport report = book_->Close(
      workers_, {/*interrupted=*/false, /*aborted=*/true}, VerdictLimits());
  EXPECT_EQ(report.losses.size(), 1u);
}

TEST_F(DepartureBookTest, ALeaverThatIsLostOnTheWayIsBoth) {
  Leave(/*handed_over=*/true);
  workers_[0].done.reset();
  workers_[0].loss.why = absl::UnavailableError("worker a,b was lost");
  workers_[0].loss.silent_from_ns = 2'500'000'000;
  ASSERT_TRUE(book_->OnProgress(1, TheThird()).ok());
  const RunReport report = Close();
  EXPECT_THAT(report.book_errors, IsEmpty());
  EXPECT_THAT(report.losses, IsEmpty());  // it had told all of it
  EXPECT_EQ(report.departures.size(), 1u);
}

}  // namespace
}  // namespace invocator
