#include "coordinator/run/result_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/plan/digest.h"
#include "common/wire/histogram_codec.h"
#include "common/wire/record_codec.h"
#include "proto/fleet.pb.h"
#include "tests/support/deltas.h"
#include "tests/support/plans.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int64_t kS = 1'000'000'000;

bool NoneIsSilent(size_t) { return false; }

// Two instances of 3 and 1 invocations, whole on workers "a,b" and "c".
class ResultBookTest : public testing::Test {
 protected:
  ResultBookTest() {
    RunWorker first;
    first.name = "a,b";
    first.threads = 2;
    first.done.emplace();
    first.done->last_sent_ns = 3'000'000'000;
    first.done->ended_ns = 12'000'000'000;
    first.done->engines = {{.busy_ratio = 0.95, .max_in_flight = 8}};
    RunWorker second;
    second.name = "c";
    second.done.emplace();
    first.pieces = {{{{0, 0, 1}}}};
    second.pieces = {{{{1, 0, 1}}}};
    workers_ = {first, second};
    const std::vector<std::string> names = {"a,b", "c"};
    book_ =
        std::make_unique<ResultBook>(plan_, census_, names, nullptr, progress_);
    written_ = std::make_unique<ResultBook>(plan_, census_, names, csv_.get(),
                                            progress_);
  }
  ~ResultBookTest() override { std::fclose(stream_); }

  wire::Progress ProgressOf(uint32_t instance, uint64_t sent) {
    wire::InstanceDelta delta = DeltaOf(instance, sent);
    // Of f at 1, 2 and 3 s, of g at 5 s.
    uint64_t digest = 0;
    for (uint64_t sequence = 0; sequence < sent; ++sequence) {
      digest += DigestTerm(
          HashName(plan_.instances[instance].name), sequence,
          instance == 0 ? static_cast<int64_t>(sequence + 1) * kS : 5 * kS);
    }
    delta.set_sent_digest(digest);
    return invocator::ProgressOf({delta});
  }
  absl::Status TakeRows(size_t worker, const std::vector<Piece>& pieces,
                        const wire::RecordBatch& batch) {
    written_->OnPieces(worker, pieces);
    return written_->OnRecords(worker, batch);
  }
  RunReport Close(bool interrupted = false) {
    return book_->Close(workers_, {interrupted, /*aborted=*/false},
                        VerdictLimits());
  }
  RunReport CloseWritten(bool interrupted = false) {
    return written_->Close(workers_, {interrupted, /*aborted=*/false},
                           VerdictLimits());
  }

  const TempDir folder_;
  const Plan plan_ = PlanOf(
      {ListInstance("f", {1, 1, 1}, 10), ListInstance("g", {5}, 10)}, 10);
  const Census census_ = TakeCensus(plan_, {{{0, 0, 1}}, {{1, 0, 1}}});
  std::FILE* const stream_ = std::tmpfile();
  ProgressLine progress_{stream_};
  std::unique_ptr<CsvWriter> csv_ =
      *CsvWriter::Create(folder_.Path("invocations.csv"), {"f", "g"});
  std::vector<RunWorker> workers_;
  std::unique_ptr<ResultBook> book_;     // without a CSV
  std::unique_ptr<ResultBook> written_;  // with one
};

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

TEST_F(ResultBookTest, FailuresAreToldWithWhereTheyCameFrom) {
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

TEST_F(ResultBookTest, FiftyRefusalsAskForTheEndIfTheyAreToDoSo) {
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

TEST_F(ResultBookTest, ARunThatSentEverythingWasNotStopped) {
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

TEST_F(ResultBookTest, ASlowInstanceIsWaitedForBeforeTheRunIsRefused) {
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

// Of instance f, at 1, 2 and 3 s.
wire::RecordBatch RowsOf(std::vector<uint64_t> sequences) {
  wire::RecordBatch batch;
  RecordEncoder encoder(batch);
  for (uint64_t sequence : sequences) {
    Record record;
    record.sequence = sequence;
    record.scheduled_ns = static_cast<int64_t>(sequence + 1) * 1'000'000'000;
    record.sent_ns = record.done_ns = record.scheduled_ns;
    encoder.Add(record);
  }
  return batch;
}

TEST_F(ResultBookTest, RecordsBecomeRowsWithTheirWorker) {
  ASSERT_TRUE(TakeRows(0, workers_[0].pieces, RowsOf({0})).ok());
  ASSERT_TRUE(csv_->Close().ok());
  std::ifstream file(folder_.Path("invocations.csv"));
  std::string header, row;
  std::getline(file, header);
  std::getline(file, row);
  EXPECT_THAT(row, testing::StartsWith("f,0,\"a,b\",1.000000000,"));
}

TEST_F(ResultBookTest, ABatchOfAnotherPlanIsRefused) {
  wire::RecordBatch batch;
  RecordEncoder encoder(batch);
  Record record;
  record.instance = 2;
  encoder.Add(record);
  EXPECT_EQ(TakeRows(0, workers_[0].pieces, batch).code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(ResultBookTest, WithoutACsvRecordsAreLetGo) {
  ResultBook book(plan_, census_, {"a", "b"}, nullptr, progress_);
  EXPECT_TRUE(book.OnRecords(0, RowsOf({0, 0})).ok());
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

TEST_F(ResultBookTest, RowsThatFoundNoRoomAreToldOf) {
  workers_[0].done->records_lost = 7;
  EXPECT_THAT(Close(/*interrupted=*/true).book_errors,
              ElementsAre(HasSubstr("no room left for 7 records")));
}

TEST_F(ResultBookTest, ARowThatIsNotTheWorkersEndsTheBatchThere) {
  EXPECT_EQ(TakeRows(1, workers_[1].pieces, RowsOf({0})).message(),
            "sent the record of f #0 at 1.000 s, which is planned for another "
            "worker");
  EXPECT_EQ(TakeRows(0, workers_[0].pieces, RowsOf({1, 0, 1, 2})).message(),
            "sent the record of f #1 at 2.000 s, for the second time");
  ASSERT_TRUE(csv_->Close().ok());
  std::ifstream file(folder_.Path("invocations.csv"));
  const std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_THAT(text, HasSubstr("\nf,1,"));
  EXPECT_THAT(text, HasSubstr("\nf,0,"));
  EXPECT_THAT(text, testing::Not(HasSubstr("\nf,2,")));
}

TEST_F(ResultBookTest, MoreRowsThanReportedAreRefusedAtTheEnd) {
  ASSERT_TRUE(TakeRows(0, workers_[0].pieces, RowsOf({0, 1})).ok());
  ASSERT_TRUE(written_->OnProgress(0, ProgressOf(0, 1)).ok());
  EXPECT_EQ(written_->OnDone(0).message(),
            "sent 2 records of f, but reported 1 invocation as sent");
  ASSERT_TRUE(written_->OnProgress(0, ProgressOf(0, 1)).ok());
  EXPECT_TRUE(written_->OnDone(0).ok());
  EXPECT_TRUE(written_->OnDone(1).ok());
}

TEST_F(ResultBookTest, RowsThatNeverCameUnbalanceTheBooks) {
  ASSERT_TRUE(TakeRows(0, workers_[0].pieces, RowsOf({0, 1})).ok());
  ASSERT_TRUE(written_->OnProgress(0, ProgressOf(0, 3)).ok());
  ASSERT_TRUE(written_->OnProgress(1, ProgressOf(1, 1)).ok());
  workers_[1].done->records_lost = 1;
  EXPECT_THAT(CloseWritten().book_errors,
              ElementsAre(HasSubstr("worker c had no room left for 1 record,"),
                          "invocations.csv lacks 1 row of invocations that "
                          "worker a,b reported"));
}

TEST_F(ResultBookTest, RowsThatLackAreThoseNotToldLost) {
  ASSERT_TRUE(written_->OnProgress(0, ProgressOf(0, 3)).ok());
  workers_[0].done->records_lost = 1;
  EXPECT_THAT(CloseWritten(/*interrupted=*/true).book_errors,
              testing::Contains("invocations.csv lacks 2 rows of invocations "
                                "that worker a,b reported"));
}

TEST_F(ResultBookTest, OfASampleNobodyKnowsHowManyRowsThereAreToBe) {
  ResultBook book(plan_, census_, {"a,b", "c"}, csv_.get(), progress_,
                  /*stop_if_refused=*/false, /*record_ratio=*/0.5);
  ASSERT_TRUE(book.OnProgress(0, ProgressOf(0, 3)).ok());
  ASSERT_TRUE(book.OnProgress(1, ProgressOf(1, 1)).ok());
  EXPECT_THAT(book.Close(workers_, {}, VerdictLimits()).book_errors, IsEmpty());
}

TEST_F(ResultBookTest, ALostWorkersRowsBeyondItsReportsAreToldOf) {
  ASSERT_TRUE(TakeRows(0, workers_[0].pieces, RowsOf({0, 1})).ok());
  ASSERT_TRUE(TakeRows(1, workers_[1].pieces, RowsOf({})).ok());
  ASSERT_TRUE(written_->OnProgress(0, ProgressOf(0, 1)).ok());
  workers_[0].done.reset();
  workers_[0].loss.why = absl::UnavailableError("worker a,b was lost");
  workers_[0].loss.silent_from_ns = 2'500'000'000;
  const RunReport report = CloseWritten(/*interrupted=*/true);
  EXPECT_THAT(report.book_errors, IsEmpty());
  EXPECT_THAT(report.losses,
              ElementsAre(HasSubstr("it may have sent 1"),
                          "invocations.csv has 1 row of worker a,b for "
                          "invocations that it did not report"));
}

TEST_F(ResultBookTest, ARowThatTwoWorkersBringUnbalancesTheBooks) {
  // From 1.5 s on, f is c's; one of them lies about the second call.
  const std::vector<Piece> before = {{{{0, 0, 1}}, 0, 1'500'000'000}};
  const std::vector<Piece> after = {{{{0, 0, 1}}, 1'500'000'000}};
  wire::RecordBatch lie = RowsOf({1});
  lie.set_scheduled_delta_ns(0, 1'000'000'000);
  ASSERT_TRUE(TakeRows(0, before, lie).ok());
  ASSERT_TRUE(TakeRows(1, after, RowsOf({1, 2})).ok());
  EXPECT_THAT(CloseWritten(/*interrupted=*/true).book_errors,
              testing::Contains("1 record was sent by two workers: "
                                "invocations.csv has the first of each, which "
                                "may be the wrong one"));
}

TEST_F(ResultBookTest, EveryWorkersRowsAreCompared) {
  ASSERT_TRUE(TakeRows(0, workers_[0].pieces, RowsOf({0, 1})).ok());
  ASSERT_TRUE(written_->OnProgress(0, ProgressOf(0, 2)).ok());
  ASSERT_TRUE(written_->OnProgress(1, ProgressOf(1, 1)).ok());
  EXPECT_THAT(CloseWritten(/*interrupted=*/true).book_errors,
              ElementsAre("invocations.csv lacks 1 row of invocations that "
                          "worker c reported"));
}

TEST_F(ResultBookTest, NoMoreThanWhatWasToldLostIsExcused) {
  ASSERT_TRUE(written_->OnProgress(0, ProgressOf(0, 3)).ok());
  workers_[0].done->records_lost = 3;
  EXPECT_THAT(CloseWritten(/*interrupted=*/true).book_errors,
              ElementsAre(HasSubstr("no room left for 3 records")));
}

TEST_F(ResultBookTest, RowsHaveTheOutcomesThatWereReported) {
  ASSERT_TRUE(TakeRows(0, workers_[0].pieces, RowsOf({0, 1, 2})).ok());
  wire::Progress progress = ProgressOf(0, 3);
  progress.mutable_instances(0)->mutable_bins(0)->set_outcomes(0, 2);
  progress.mutable_instances(0)->mutable_bins(0)->set_outcomes(1, 1);
  ASSERT_TRUE(written_->OnProgress(0, progress).ok());
  EXPECT_THAT(CloseWritten(/*interrupted=*/true).book_errors,
              ElementsAre("rows of worker a,b in invocations.csv have other "
                          "outcomes than it reported, in 1 instances"));
}

TEST_F(ResultBookTest, RowsAreOfTheInvocationsThatWereReported) {
  wire::RecordBatch swapped = RowsOf({0, 1, 2});
  swapped.set_scheduled_delta_ns(0, 2 * kS);
  swapped.set_scheduled_delta_ns(1, -kS);
  swapped.set_scheduled_delta_ns(2, 2 * kS);
  ASSERT_TRUE(TakeRows(0, workers_[0].pieces, swapped).ok());
  ASSERT_TRUE(written_->OnProgress(0, ProgressOf(0, 3)).ok());
  EXPECT_THAT(CloseWritten(/*interrupted=*/true).book_errors,
              ElementsAre("rows of worker a,b in invocations.csv have other "
                          "invocations than it reported, in 1 instances"));
}

TEST_F(ResultBookTest, RowsThatAgreeBalance) {
  ASSERT_TRUE(written_->OnProgress(0, ProgressOf(0, 2)).ok());
  ASSERT_TRUE(TakeRows(0, workers_[0].pieces, RowsOf({1, 0})).ok());
  EXPECT_THAT(CloseWritten(/*interrupted=*/true).book_errors, IsEmpty());
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

TEST_F(ResultBookTest, WhatHasARowIsNoSilence) {
  const std::vector<Piece>& pieces = workers_[0].pieces;
  ASSERT_TRUE(TakeRows(0, pieces, RowsOf({2})).ok());
  ASSERT_TRUE(TakeRows(0, pieces, RowsOf({0})).ok());
  EXPECT_TRUE(
      absl::IsInvalidArgument(written_->CheckSilence(0, pieces, 3 * kS)));
  EXPECT_TRUE(written_->CheckSilence(0, pieces, 3 * kS + 1).ok());
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

class DepartureBookTest : public ResultBookTest {
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
