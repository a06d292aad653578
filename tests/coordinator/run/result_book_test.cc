#include "coordinator/run/result_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <vector>

#include "common/plan/digest.h"
#include "common/wire/histogram_codec.h"
#include "proto/fleet.pb.h"
#include "tests/support/deltas.h"
#include "tests/support/plans.h"
#include "tests/support/result_book_fixture.h"

namespace invocator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ResultBookTest : public ResultBookFixture {};

TEST_F(ResultBookTest, WhatWasPlannedAndSentBalances) {
  ASSERT_TRUE(book_->OnProgress(0, ProgressOf(0, 3)).ok());
  ASSERT_TRUE(book_->OnProgress(1, ProgressOf(1, 1)).ok());
  const RunReport report = Close();
  EXPECT_THAT(report.book_errors, IsEmpty());
  EXPECT_EQ(report.total.planned, 4u);
  EXPECT_EQ(report.total.sent_digest, report.total.planned_digest);
  EXPECT_EQ(report.instances[0].first, "f");
  EXPECT_EQ(report.workers[0].totals.planned, 3u);
  EXPECT_EQ(report.workers[1].totals.sent, 1u);
  EXPECT_EQ(report.sent_span_s, 10);       // the duration
  EXPECT_EQ(report.completed_span_s, 12);  // longer than it
}

TEST_F(ResultBookTest, SharesOfWorkersThatNeverJoinedAreCounted) {
  workers_.pop_back();
  ResultBook book(plan_, census_, {"a,b"}, nullptr, progress_);
  const RunReport report = book.Close(workers_, {true, false}, VerdictLimits());
  ASSERT_EQ(report.workers.size(), 2u);
  EXPECT_EQ(report.workers[0].totals.planned, 3u);
  EXPECT_EQ(report.workers[1].name, "");
  EXPECT_EQ(report.workers[1].totals.planned, 1u);
  EXPECT_EQ(report.workers[1].totals.unsent, 1u);
}

TEST_F(ResultBookTest, WhatNobodyTouchedIsUnsent) {
  ASSERT_TRUE(book_->OnProgress(0, ProgressOf(0, 2)).ok());
  const RunReport report = Close(/*interrupted=*/true);
  EXPECT_THAT(report.book_errors, IsEmpty());
  EXPECT_EQ(report.total.unsent, 2u);
  EXPECT_EQ(report.workers[0].totals.unsent, 1u);
  EXPECT_EQ(report.workers[1].totals.unsent, 1u);
  EXPECT_EQ(report.sent_span_s, 10);  // the drain does not count
  EXPECT_EQ(report.verdict.state, VerdictState::kMissed);
}

TEST_F(ResultBookTest, AWorkerThatDidNotSayHowItEndedUnbalancesTheBooks) {
  ASSERT_TRUE(book_->OnProgress(0, ProgressOf(0, 3)).ok());
  workers_[1].done.reset();
  EXPECT_THAT(Close().book_errors,
              ElementsAre(HasSubstr("worker c did not say how it ended")));
}

TEST_F(ResultBookTest, AShareThatWasPlayedButNotToldOfUnbalancesTheBooks) {
  ASSERT_TRUE(book_->OnProgress(0, ProgressOf(0, 2)).ok());
  ASSERT_TRUE(book_->OnProgress(1, ProgressOf(1, 1)).ok());
  workers_[0].done->schedule_exhausted = true;
  EXPECT_THAT(Close().book_errors,
              ElementsAre(HasSubstr("did not report 1 invocation")));
}

TEST_F(ResultBookTest, OthersThanThePlannedDoNotBalance) {
  wire::Progress progress = ProgressOf(0, 3);
  progress.mutable_instances(0)->set_sent_digest(5);
  ASSERT_TRUE(book_->OnProgress(0, progress).ok());
  ASSERT_TRUE(book_->OnProgress(1, ProgressOf(1, 1)).ok());
  EXPECT_THAT(
      Close().book_errors,
      ElementsAre(HasSubstr("instance f: as many"), HasSubstr("total: as many"),
                  HasSubstr("worker a,b: as many")));
}

TEST_F(ResultBookTest, WorkersThatPlayEachOthersCallsDoNotBalance) {
  // Of f each has one of two shares: calls 0 and 2, and call 1.
  const std::vector<std::vector<Share>> partition = {{{0, 0, 2}, {1, 0, 1}},
                                                     {{0, 1, 2}}};
  const Census census = TakeCensus(plan_, partition);
  for (size_t i = 0; i < 2; ++i) workers_[i].pieces = {{partition[i]}};
  const uint64_t f = HashName("f");
  const uint64_t first = DigestTerm(f, 0, kS);
  const uint64_t second = DigestTerm(f, 1, 2 * kS);
  const uint64_t third = DigestTerm(f, 2, 3 * kS);
  for (const bool swapped : {false, true}) {
    ResultBook book(plan_, census, {"a", "b"}, nullptr, progress_);
    wire::Progress two = ProgressOf(0, 2);
    wire::Progress one = ProgressOf(0, 1);
    two.mutable_instances(0)->set_sent_digest(swapped ? first + second
                                                      : first + third);
    one.mutable_instances(0)->set_sent_digest(swapped ? third : second);
    ASSERT_TRUE(book.OnProgress(0, two).ok());
    ASSERT_TRUE(book.OnProgress(0, ProgressOf(1, 1)).ok());
    ASSERT_TRUE(book.OnProgress(1, one).ok());
    const auto errors = book.Close(workers_, {}, {}).book_errors;
    if (!swapped) {
      EXPECT_THAT(errors, testing::IsEmpty());
      continue;
    }
    EXPECT_THAT(errors, ElementsAre(HasSubstr("worker a,b: as many"),
                                    HasSubstr("worker c: as many")));
  }
}

TEST_F(ResultBookTest, EnginesOfAFleetAreNamedWithTheirWorker) {
  ASSERT_TRUE(book_->OnProgress(0, ProgressOf(0, 3)).ok());
  EXPECT_THAT(Close().verdict.reasons,
              testing::Contains("worker a,b's engine 0 was busy 95 % of the "
                                "time"));
}

TEST_F(ResultBookTest, ProgressCountsThoseInFlightAsSent) {
  wire::Progress progress = ProgressOf(0, 2);
  progress.set_in_flight(1);
  ASSERT_TRUE(book_->OnProgress(0, progress).ok());
  book_->OnTick(5.0);
  std::rewind(stream_);
  std::vector<char> line(200);
  ASSERT_NE(std::fgets(line.data(), static_cast<int>(line.size()), stream_),
            nullptr);
  EXPECT_THAT(line.data(),
              HasSubstr("5.0 / 10.0 s  3 of 4 sent, 2 ok, 0 not ok, 1 in "
                        "flight, lateness p99 20.0 ms"));
}

TEST_F(ResultBookTest, OfALostWorkerNothingIsInFlightUntilItIsBack) {
  const auto shown = [this](double elapsed_s) {
    std::rewind(stream_);
    book_->OnTick(elapsed_s);
    std::rewind(stream_);
    std::vector<char> line(200);
    std::fgets(line.data(), static_cast<int>(line.size()), stream_);
    return std::string(line.data());
  };
  wire::Progress progress = ProgressOf(0, 2);
  progress.set_in_flight(1);
  ASSERT_TRUE(book_->OnProgress(0, progress).ok());
  book_->OnLost(0);
  EXPECT_THAT(shown(5.0),
              HasSubstr("2 of 4 sent, 2 ok, 0 not ok, 0 in flight"));
  wire::Progress back;
  back.set_in_flight(1);
  ASSERT_TRUE(book_->OnProgress(0, back).ok());
  EXPECT_THAT(shown(10.0),
              HasSubstr("3 of 4 sent, 2 ok, 0 not ok, 1 in flight"));
}

TEST_F(ResultBookTest, WhatALostWorkerMayHaveSentIsLostAndTheRestUnsent) {
  ASSERT_TRUE(book_->OnProgress(0, ProgressOf(0, 1)).ok());
  ASSERT_TRUE(book_->OnProgress(1, ProgressOf(1, 1)).ok());
  // Of its three, at 1, 2 and 3 s, it has told of one.
  workers_[0].done.reset();
  workers_[0].pieces = {{{{0, 0, 1}}}};
  workers_[0].loss.why = absl::UnavailableError("worker a,b was lost");
  workers_[0].loss.silent_from_ns = 2'500'000'000;
  const RunReport report = Close();
  EXPECT_THAT(report.book_errors, IsEmpty());
  EXPECT_THAT(report.losses,
              ElementsAre("worker a,b was lost: it may have sent 1 invocation "
                          "that it did not report, and did not send 1"));
  EXPECT_EQ(report.verdict.state, VerdictState::kMissed);
  const auto lost = static_cast<size_t>(Outcome::kLost);
  for (const Totals* totals : {&report.total, &report.workers[0].totals}) {
    EXPECT_EQ(totals->outcomes[lost], 1u);
    EXPECT_EQ(totals->unsent, 1u);
  }
  EXPECT_TRUE(report.workers[0].lost);
  EXPECT_FALSE(report.workers[1].lost);
}

TEST_F(ResultBookTest, AWorkerThatCameBackWithEverythingCostNothing) {
  ASSERT_TRUE(book_->OnProgress(0, ProgressOf(0, 3)).ok());
  ASSERT_TRUE(book_->OnProgress(1, ProgressOf(1, 1)).ok());
  workers_[0].loss.why = absl::UnavailableError("worker a,b was lost");
  const RunReport report = Close();
  EXPECT_THAT(report.losses, IsEmpty());
  EXPECT_FALSE(report.workers[0].lost);
}

TEST_F(ResultBookTest, WhatOneThatCameBackDidNotSendIsUnsentAndNotLost) {
  ASSERT_TRUE(book_->OnProgress(0, ProgressOf(0, 1)).ok());
  workers_[0].loss.why = absl::UnavailableError("worker a,b was lost");
  workers_[0].loss.silent_from_ns = 2'500'000'000;
  const RunReport report = Close();
  const Totals& totals = report.workers[0].totals;
  EXPECT_EQ(totals.outcomes[static_cast<size_t>(Outcome::kLost)], 0u);
  EXPECT_EQ(totals.unsent, 2u);
}

TEST_F(ResultBookTest, WhatIsLostIsLostWithItsWorker) {
  ASSERT_TRUE(book_->OnProgress(0, ProgressOf(0, 3)).ok());
  workers_[1].done.reset();
  workers_[1].loss.why = absl::UnavailableError("worker c was lost");
  workers_[1].loss.silent_from_ns = 6'000'000'000;  // its call is at 5 s
  const RunReport report = Close();
  const auto lost = static_cast<size_t>(Outcome::kLost);
  EXPECT_EQ(report.workers[0].totals.outcomes[lost], 0u);
  EXPECT_EQ(report.workers[1].totals.outcomes[lost], 1u);
}

TEST_F(ResultBookTest, WhatAnyOfTheLostMayHaveSentIsWithinTheSpan) {
  for (RunWorker& worker : workers_) {
    worker.done.reset();
    worker.loss.why = absl::UnavailableError("lost");
  }
  workers_[0].loss.silent_from_ns = 8'000'000'000;
  workers_[1].loss.silent_from_ns = 3'000'000'000;
  EXPECT_EQ(Close(/*interrupted=*/true).sent_span_s, 8);
}

TEST_F(ResultBookTest, InAnInterruptedRunAWorkerNeedNotSayHowItEnded) {
  workers_[1].done.reset();
  EXPECT_THAT(Close(/*interrupted=*/true).book_errors, IsEmpty());
}

TEST_F(ResultBookTest, AfterReplanningEveryWorkersShareIsWhatItBecame) {
  // Worker c took over what was due from 1.5 s on.
  workers_[0].pieces = {{{{0, 0, 1}}, 0, 1'500'000'000}};
  workers_[1].pieces = {{{{1, 0, 1}}}, {{{0, 0, 1}}, 1'500'000'000}};
  workers_[1].extends.resize(1);
  workers_[1].done->extends = 1;
  ASSERT_TRUE(book_->OnProgress(0, ProgressOf(0, 1)).ok());
  ASSERT_TRUE(book_->OnProgress(1, ProgressOf(1, 1)).ok());
  ASSERT_TRUE(book_->OnProgress(1, ProgressOf(0, 2)).ok());
  const RunReport report = Close();
  EXPECT_EQ(report.workers[0].totals.planned, 1u);
  EXPECT_EQ(report.workers[1].totals.planned, 3u);
  EXPECT_EQ(report.total.unsent, 0u);
}

TEST_F(ResultBookTest, AWorkerReportsWhatItsPiecesHoldAndNoMore) {
  book_->OnPieces(0, workers_[0].pieces);
  book_->OnPieces(1, workers_[1].pieces);
  EXPECT_TRUE(absl::IsInvalidArgument(book_->OnProgress(0, ProgressOf(1, 1))));
  EXPECT_TRUE(absl::IsInvalidArgument(book_->OnProgress(1, ProgressOf(0, 1))));
  EXPECT_TRUE(book_->OnProgress(0, ProgressOf(0, 1)).ok());
  // From 2.5 s on, f is c's.
  book_->OnPieces(0, {{{{0, 0, 1}}, 0, 2'500'000'000}});
  book_->OnPieces(1, {{{{1, 0, 1}}}, {{{0, 0, 1}}, 2'500'000'000}});
  EXPECT_TRUE(absl::IsInvalidArgument(book_->OnProgress(0, ProgressOf(0, 2))));
  EXPECT_TRUE(book_->OnProgress(0, ProgressOf(0, 1)).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(book_->OnProgress(1, ProgressOf(0, 2))));
  EXPECT_TRUE(book_->OnProgress(1, ProgressOf(0, 1)).ok());
}

TEST_F(ResultBookTest, AWorkerThatReportedMoreThanIsLeftToItReportsNoMore) {
  book_->OnPieces(0, workers_[0].pieces);
  ASSERT_TRUE(book_->OnProgress(0, ProgressOf(0, 2)).ok());
  book_->OnPieces(0, {{{{0, 0, 1}}, 0, kS}});
  EXPECT_TRUE(absl::IsInvalidArgument(book_->OnProgress(0, ProgressOf(0, 1))));
  EXPECT_TRUE(book_->OnProgress(0, wire::Progress()).ok());
}

TEST_F(ResultBookTest, WhatIsCountedIsNoSilence) {
  const std::vector<Piece>& pieces = workers_[0].pieces;
  EXPECT_TRUE(book_->CheckSilence(0, pieces, 0).ok());
  ASSERT_TRUE(book_->OnProgress(0, ProgressOf(0, 2)).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(book_->CheckSilence(0, pieces, 0)));
  book_->OnTick(2.5);
  EXPECT_TRUE(absl::IsInvalidArgument(book_->CheckSilence(0, pieces, 2 * kS)));
  EXPECT_TRUE(book_->CheckSilence(0, pieces, 2 * kS + 1).ok());
  EXPECT_TRUE(book_->CheckSilence(1, workers_[1].pieces, 0).ok());
}

TEST_F(ResultBookTest, WhatIsNotReportedMayBeWhatIsScheduledBefore) {
  const std::vector<Piece>& pieces = workers_[0].pieces;
  ASSERT_TRUE(book_->OnProgress(0, ProgressOf(0, 1)).ok());
  EXPECT_FALSE(book_->LacksOnly(0, pieces, 0));
  EXPECT_FALSE(book_->LacksOnly(0, pieces, 2 * kS));
  EXPECT_TRUE(book_->LacksOnly(0, pieces, 2 * kS + 1)) << "two of three";
  EXPECT_FALSE(book_->LacksOnly(1, workers_[1].pieces, 5 * kS));
  EXPECT_TRUE(book_->LacksOnly(1, workers_[1].pieces, 5 * kS + 1));
}

TEST_F(ResultBookTest, InFlightIsBoundedByThePlanAndDroppedIsShown) {
  wire::Progress progress = ProgressOf(0, 1);
  progress.mutable_instances(0)->mutable_bins(0)->set_dropped(2);
  progress.set_in_flight(UINT64_MAX);
  ASSERT_TRUE(book_->OnProgress(0, progress).ok());
  book_->OnTick(5.0);
  std::rewind(stream_);
  std::vector<char> line(200);
  ASSERT_NE(std::fgets(line.data(), static_cast<int>(line.size()), stream_),
            nullptr);
  EXPECT_THAT(line.data(), HasSubstr("5 of 4 sent, 1 ok, 0 not ok, 4 in "
                                     "flight, 2 dropped"));
}

TEST_F(ResultBookTest, TheVerdictIsAboutTheWarmUpToo) {
  Plan plan = PlanOf({ListInstance("f", {1, 1, 1}, 10)}, 10);
  plan.warmup_s = 1.5;  // before the second call
  const Census census = TakeCensus(plan, {{{0, 0, 1}}});
  workers_.pop_back();
  workers_[0].done->engines[0].busy_ratio = 0;
  for (const bool late : {false, true}) {
    ResultBook book(plan, census, {"a,b"}, nullptr, progress_);
    wire::InstanceDelta warmup = DeltaOf(0, 1, /*tick=*/10);
    warmup.set_warmup(true);
    warmup.set_sent_digest(DigestTerm(HashName("f"), 0, kS));
    wire::InstanceDelta measured = DeltaOf(0, 2, /*tick=*/20);
    measured.set_sent_digest(DigestTerm(HashName("f"), 1, 2 * kS) +
                             DigestTerm(HashName("f"), 2, 3 * kS));
    Histogram on_time, minutes_late;
    on_time.Add(1'000, 2);
    *measured.mutable_bins(0)->mutable_lateness() = ToWire(on_time);
    on_time.Clear();
    on_time.Add(1'000);
    minutes_late.Add(180 * kS);
    *warmup.mutable_bins(0)->mutable_lateness() =
        ToWire(late ? minutes_late : on_time);
    ASSERT_TRUE(
        book.OnProgress(0, invocator::ProgressOf({warmup, measured})).ok());
    const RunReport report = book.Close(workers_, {}, VerdictLimits());
    EXPECT_THAT(report.book_errors, IsEmpty());
    EXPECT_EQ(report.total.planned, 2u);
    EXPECT_EQ(report.warmup_total.planned, 1u);
    EXPECT_EQ(report.total.lateness.max_ns(), 1'000);
    EXPECT_EQ(report.verdict.state,
              late ? VerdictState::kMissed : VerdictState::kKept);
  }
}

TEST_F(ResultBookTest, CallsOfAPhaseDoNotStandInForThoseOfTheOther) {
  Plan plan = PlanOf({ListInstance("f", {1, 1, 1}, 10)}, 10);
  plan.warmup_s = 1.5;
  const Census census = TakeCensus(plan, {{{0, 0, 1}}});
  workers_.pop_back();
  ResultBook book(plan, census, {"a,b"}, nullptr, progress_);
  wire::InstanceDelta warmup = DeltaOf(0, 2);
  warmup.set_warmup(true);
  ASSERT_TRUE(
      book.OnProgress(0, invocator::ProgressOf({warmup, DeltaOf(0, 1)})).ok());
  EXPECT_THAT(book.Close(workers_, {}, VerdictLimits()).book_errors,
              testing::Contains(HasSubstr("instance f, warm-up")));
}

}  // namespace
}  // namespace invocator
