// Rows of invocations.csv, and their comparison with workers' reports.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "common/wire/record_codec.h"
#include "coordinator/run/result_book.h"
#include "proto/fleet.pb.h"
#include "tests/support/result_book_fixture.h"

namespace invocator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ResultBookRowsTest : public ResultBookFixture {};

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

TEST_F(ResultBookRowsTest, RecordsBecomeRowsWithTheirWorker) {
  ASSERT_TRUE(TakeRows(0, workers_[0].pieces, RowsOf({0})).ok());
  ASSERT_TRUE(csv_->Close().ok());
  std::ifstream file(folder_.Path("invocations.csv"));
  std::string header, row;
  std::getline(file, header);
  std::getline(file, row);
  EXPECT_THAT(row, testing::StartsWith("f,0,\"a,b\",1.000000000,"));
}

TEST_F(ResultBookRowsTest, ABatchOfAnotherPlanIsRefused) {
  wire::RecordBatch batch;
  RecordEncoder encoder(batch);
  Record record;
  record.instance = 2;
  encoder.Add(record);
  EXPECT_EQ(TakeRows(0, workers_[0].pieces, batch).code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(ResultBookRowsTest, WithoutACsvRecordsAreLetGo) {
  ResultBook book(plan_, census_, {"a", "b"}, nullptr, progress_);
  EXPECT_TRUE(book.OnRecords(0, RowsOf({0, 0})).ok());
}

TEST_F(ResultBookRowsTest, RowsThatFoundNoRoomAreToldOf) {
  workers_[0].done->records_lost = 7;
  EXPECT_THAT(Close(/*interrupted=*/true).book_errors,
              ElementsAre(HasSubstr("no room left for 7 records")));
}

TEST_F(ResultBookRowsTest, ARowThatIsNotTheWorkersEndsTheBatchThere) {
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

TEST_F(ResultBookRowsTest, MoreRowsThanReportedAreRefusedAtTheEnd) {
  ASSERT_TRUE(TakeRows(0, workers_[0].pieces, RowsOf({0, 1})).ok());
  ASSERT_TRUE(written_->OnProgress(0, ProgressOf(0, 1)).ok());
  EXPECT_EQ(written_->OnDone(0).message(),
            "sent 2 records of f, but reported 1 invocation as sent");
  ASSERT_TRUE(written_->OnProgress(0, ProgressOf(0, 1)).ok());
  EXPECT_TRUE(written_->OnDone(0).ok());
  EXPECT_TRUE(written_->OnDone(1).ok());
}

TEST_F(ResultBookRowsTest, RowsThatNeverCameUnbalanceTheBooks) {
  ASSERT_TRUE(TakeRows(0, workers_[0].pieces, RowsOf({0, 1})).ok());
  ASSERT_TRUE(written_->OnProgress(0, ProgressOf(0, 3)).ok());
  ASSERT_TRUE(written_->OnProgress(1, ProgressOf(1, 1)).ok());
  workers_[1].done->records_lost = 1;
  EXPECT_THAT(CloseWritten().book_errors,
              ElementsAre(HasSubstr("worker c had no room left for 1 record,"),
                          "invocations.csv lacks 1 row of invocations that "
                          "worker a,b reported"));
}

TEST_F(ResultBookRowsTest, RowsThatLackAreThoseNotToldLost) {
  ASSERT_TRUE(written_->OnProgress(0, ProgressOf(0, 3)).ok());
  workers_[0].done->records_lost = 1;
  EXPECT_THAT(CloseWritten(/*interrupted=*/true).book_errors,
              testing::Contains("invocations.csv lacks 2 rows of invocations "
                                "that worker a,b reported"));
}

TEST_F(ResultBookRowsTest, OfASampleNobodyKnowsHowManyRowsThereAreToBe) {
  ResultBook book(plan_, census_, {"a,b", "c"}, csv_.get(), progress_,
                  /*stop_if_refused=*/false, /*record_ratio=*/0.5);
  ASSERT_TRUE(book.OnProgress(0, ProgressOf(0, 3)).ok());
  ASSERT_TRUE(book.OnProgress(1, ProgressOf(1, 1)).ok());
  EXPECT_THAT(book.Close(workers_, {}, VerdictLimits()).book_errors, IsEmpty());
}

TEST_F(ResultBookRowsTest, ALostWorkersRowsBeyondItsReportsAreToldOf) {
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

TEST_F(ResultBookRowsTest, ARowThatTwoWorkersBringUnbalancesTheBooks) {
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

TEST_F(ResultBookRowsTest, EveryWorkersRowsAreCompared) {
  ASSERT_TRUE(TakeRows(0, workers_[0].pieces, RowsOf({0, 1})).ok());
  ASSERT_TRUE(written_->OnProgress(0, ProgressOf(0, 2)).ok());
  ASSERT_TRUE(written_->OnProgress(1, ProgressOf(1, 1)).ok());
  EXPECT_THAT(CloseWritten(/*interrupted=*/true).book_errors,
              ElementsAre("invocations.csv lacks 1 row of invocations that "
                          "worker c reported"));
}

TEST_F(ResultBookRowsTest, NoMoreThanWhatWasToldLostIsExcused) {
  ASSERT_TRUE(written_->OnProgress(0, ProgressOf(0, 3)).ok());
  workers_[0].done->records_lost = 3;
  EXPECT_THAT(CloseWritten(/*interrupted=*/true).book_errors,
              ElementsAre(HasSubstr("no room left for 3 records")));
}

TEST_F(ResultBookRowsTest, RowsHaveTheOutcomesThatWereReported) {
  ASSERT_TRUE(TakeRows(0, workers_[0].pieces, RowsOf({0, 1, 2})).ok());
  wire::Progress progress = ProgressOf(0, 3);
  progress.mutable_instances(0)->mutable_bins(0)->set_outcomes(0, 2);
  progress.mutable_instances(0)->mutable_bins(0)->set_outcomes(1, 1);
  ASSERT_TRUE(written_->OnProgress(0, progress).ok());
  EXPECT_THAT(CloseWritten(/*interrupted=*/true).book_errors,
              ElementsAre("rows of worker a,b in invocations.csv have other "
                          "outcomes than it reported, in 1 instances"));
}

TEST_F(ResultBookRowsTest, RowsAreOfTheInvocationsThatWereReported) {
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

TEST_F(ResultBookRowsTest, RowsThatAgreeBalance) {
  ASSERT_TRUE(written_->OnProgress(0, ProgressOf(0, 2)).ok());
  ASSERT_TRUE(TakeRows(0, workers_[0].pieces, RowsOf({1, 0})).ok());
  EXPECT_THAT(CloseWritten(/*interrupted=*/true).book_errors, IsEmpty());
}

TEST_F(ResultBookRowsTest, WhatHasARowIsNoSilence) {
  const std::vector<Piece>& pieces = workers_[0].pieces;
  ASSERT_TRUE(TakeRows(0, pieces, RowsOf({2})).ok());
  ASSERT_TRUE(TakeRows(0, pieces, RowsOf({0})).ok());
  EXPECT_TRUE(
      absl::IsInvalidArgument(written_->CheckSilence(0, pieces, 3 * kS)));
  EXPECT_TRUE(written_->CheckSilence(0, pieces, 3 * kS + 1).ok());
}

}  // namespace
}  // namespace invocator
