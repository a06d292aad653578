// Failures in the books, and refusals that end a run early.
#include <gtest/gtest.h>

#include <vector>

#include "coordinator/run/result_book.h"
#include "proto/fleet.pb.h"
#include "tests/support/result_book_fixture.h"

namespace invocator {
namespace {

class ResultBookRefusalsTest : public ResultBookFixture {};

bool NoneIsSilent(size_t) { return false; }

// Everything of it was refused.
wire::Progress Refused(wire::Progress progress, Reason reason) {
  wire::InstanceDelta& delta = *progress.mutable_instances(0);
  wire::BinDelta& bin = *delta.mutable_bins(0);
  bin.set_outcomes(static_cast<int>(Outcome::kOk), 0);
  bin.set_outcomes(static_cast<int>(Outcome::kAuthError), bin.sent());
  for (size_t i = 0; i < kReasons; ++i) {
    delta.add_reasons(i == static_cast<size_t>(reason) ? bin.sent() : 0);
  }
  wire::FailureSample& sample = *progress.add_failures();
  sample.set_reason(static_cast<uint32_t>(reason));
  sample.set_instance(delta.instance());
  sample.set_body("{}");
  return progress;
}

TEST_F(ResultBookRefusalsTest, FailuresAreToldWithWhereTheyCameFrom) {
  ASSERT_TRUE(
      book_->OnProgress(1, Refused(ProgressOf(1, 1), Reason::kForbidden)).ok());
  const RunReport report = Close();
  ASSERT_EQ(report.failures.size(), 1u);
  EXPECT_EQ(report.failures[0].reason, Reason::kForbidden);
  EXPECT_EQ(report.failures[0].count, 1u);
  EXPECT_EQ(report.failures[0].instance, "g");
  EXPECT_EQ(report.failures[0].worker, "c");
  ASSERT_TRUE(report.failures[0].first);
  EXPECT_EQ(report.failures[0].first->body, "{}");
  EXPECT_EQ(report.stopped, "");
}

TEST_F(ResultBookRefusalsTest, FiftyRefusalsAskForTheEndIfTheyAreToDoSo) {
  const Plan plan =
      PlanOf({ListInstance("f", std::vector<double>(60, 0.01), 10)}, 10);
  const Census census = TakeCensus(plan, {{{0, 0, 1}}});
  workers_.pop_back();
  for (const bool stop_if_refused : {false, true}) {
    ResultBook book(plan, census, {"a,b"}, nullptr, progress_, stop_if_refused);
    EXPECT_FALSE(book.WantsStop(NoneIsSilent));
    ASSERT_TRUE(
        book.OnProgress(0, Refused(ProgressOf(0, 50), Reason::kForbidden))
            .ok());
    EXPECT_FALSE(book.WantsStop(NoneIsSilent));
    ASSERT_TRUE(book.OnProgress(0, wire::Progress()).ok());
    EXPECT_EQ(book.WantsStop(NoneIsSilent), stop_if_refused);
    RunEnding ending;
    const RunReport report = book.Close(workers_, ending, VerdictLimits());
    EXPECT_EQ(report.total.unsent, 10u);
    EXPECT_EQ(report.stopped.empty(), !stop_if_refused);
  }
}

TEST_F(ResultBookRefusalsTest, ARunThatSentEverythingWasNotStopped) {
  const Plan plan =
      PlanOf({ListInstance("f", std::vector<double>(50, 0.01), 10)}, 10);
  const Census census = TakeCensus(plan, {{{0, 0, 1}}});
  workers_.pop_back();
  ResultBook book(plan, census, {"a,b"}, nullptr, progress_,
                  /*stop_if_refused=*/true);
  ASSERT_TRUE(
      book.OnProgress(0, Refused(ProgressOf(0, 50), Reason::kForbidden)).ok());
  ASSERT_TRUE(book.OnProgress(0, wire::Progress()).ok());
  ASSERT_TRUE(book.WantsStop(NoneIsSilent));
  RunEnding ending;
  ending.refused = true;
  EXPECT_EQ(book.Close(workers_, ending, VerdictLimits()).stopped, "");
}

TEST_F(ResultBookRefusalsTest, ASlowInstanceIsWaitedForBeforeTheRunIsRefused) {
  const Plan plan =
      PlanOf({ListInstance("refused", std::vector<double>(60, 0.1), 10),
              ListInstance("slow", {0.5}, 10)},
             10);
  const Census census = TakeCensus(plan, {WholeShares(plan)});
  ResultBook watching(plan, census, {"a"}, nullptr, progress_,
                      /*stop_if_refused=*/true);
  watching.OnTick(0.5);  // both have begun, the slow one just now
  wire::Progress refused = ProgressOf(0, 50);
  wire::BinDelta& bin = *refused.mutable_instances(0)->mutable_bins(0);
  bin.set_outcomes(static_cast<int>(Outcome::kOk), 0);
  bin.set_outcomes(static_cast<int>(Outcome::kAuthError), 50);
  ASSERT_TRUE(watching.OnProgress(0, refused).ok());
  ASSERT_TRUE(watching.OnProgress(0, wire::Progress()).ok());
  EXPECT_FALSE(watching.WantsStop(NoneIsSilent));
  ASSERT_TRUE(watching.OnProgress(0, ProgressOf(1, 1)).ok());  // it is ok
  ASSERT_TRUE(watching.OnProgress(0, wire::Progress()).ok());
  EXPECT_FALSE(watching.WantsStop(NoneIsSilent));
}

}  // namespace
}  // namespace invocator
