#include "worker/recording/reporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/wire/protocol.h"
#include "common/wire/record_codec.h"
#include "common/wire/totals_codec.h"
#include "proto/fleet.pb.h"
#include "tests/support/plans.h"

namespace invocator {
namespace {

// Some memory, and no disk to spill to.
const OutboxOptions kNoDisk = {/*under_way_bytes=*/1 << 20,
                               /*memory_bytes=*/10'000, "/nonexistent"};

class ReporterTest : public testing::Test {
 protected:
  ReporterTest() { Open({}); }

  void Open(const OutboxOptions& options, size_t instances = 1) {
    std::vector<InstancePlan> list;
    for (size_t i = 0; i < instances; ++i) {
      list.push_back(ListInstance("f" + std::to_string(i), {1}, 10));
    }
    reporter_ = std::make_unique<Reporter>(options);
    reporter_->Open(PlanOf(std::move(list), 10), /*record_ratio=*/1);
  }

  // Records as an engine hands them over, numbered on from the last.
  void Record(int count, uint32_t instance = 0) {
    auto chunk = queue_.TakeEmpty();
    for (int i = 0; i < count; ++i) {
      invocator::Record record;
      record.instance = instance;
      record.sequence = next_sequence_++;
      record.sent_ns = 1'000;
      record.done_ns = 2'000;
      chunk->records.push_back(record);
    }
    queue_.Push(std::move(chunk));
    reporter_->Take(queue_);
  }

  // Until it has room for nothing more.
  void FillOutbox() {
    wire::Report report;
    report.mutable_progress()->set_in_flight(1);
    while (reporter_->outbox().Add(report).ok()) {
    }
  }

  // The reports that wait, acknowledged.
  std::vector<wire::Report> Send() {
    std::vector<wire::Report> reports;
    while (auto message = *reporter_->outbox().Next()) {
      reports.push_back(message->report());
      EXPECT_TRUE(reporter_->outbox().OnAck(reports.back().number()).ok());
    }
    return reports;
  }

  // What the batches among them hold: the sequences.
  static std::vector<uint64_t> Sequences(const std::vector<wire::Report>& all) {
    std::vector<uint64_t> sequences;
    for (const wire::Report& report : all) {
      EXPECT_TRUE(DecodeRecords(report.records(), 1,
                                [&](const invocator::Record& record) {
                                  sequences.push_back(record.sequence);
                                })
                      .ok());
    }
    return sequences;
  }

  static std::vector<uint64_t> UpTo(uint64_t count) {
    std::vector<uint64_t> numbers(count);
    for (uint64_t i = 0; i < count; ++i) numbers[i] = i;
    return numbers;
  }

  ChunkQueue queue_{[] {}};
  std::unique_ptr<Reporter> reporter_;
  uint64_t next_sequence_ = 0;
};

TEST_F(ReporterTest, RecordsWaitUntilABatchIsFull) {
  Record(kRecordsPerBatch - 1);
  EXPECT_TRUE(reporter_->outbox().empty());
  Record(1);
  EXPECT_EQ(Sequences(Send()), UpTo(kRecordsPerBatch));
}

TEST_F(ReporterTest, TheLastBatchNeedNotBeFull) {
  Record(300);
  reporter_->QueueRecords();
  EXPECT_EQ(Sequences(Send()), UpTo(300));
  reporter_->QueueRecords();
  EXPECT_TRUE(reporter_->outbox().empty());
}

TEST_F(ReporterTest, ASecondBatchHoldsWhatCameAfterTheFirst) {
  Record(2);
  reporter_->QueueRecords();
  Record(3);
  reporter_->QueueRecords();
  const auto reports = Send();
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_EQ(Sequences(reports), UpTo(5));
}

TEST_F(ReporterTest, WithoutRecordsToReportThereIsNoBatch) {
  auto chunk = queue_.TakeEmpty();
  chunk->dropped.emplace_back();
  queue_.Push(std::move(chunk));
  reporter_->Take(queue_);
  reporter_->QueueRecords();
  EXPECT_TRUE(reporter_->outbox().empty());
}

TEST_F(ReporterTest, ProgressTellsAllThatWasTakenAndWhatIsInFlight) {
  auto chunk = queue_.TakeEmpty();
  chunk->dropped.resize(7);
  FailureSample failure;
  failure.reason = Reason::kSignatureMismatch;
  failure.scheduled_ns = 5;
  chunk->failures.push_back(failure);
  queue_.Push(std::move(chunk));
  Record(300);
  EXPECT_TRUE(reporter_->QueueProgress({.in_flight = 4}));
  const auto reports = Send();
  ASSERT_EQ(reports.size(), 1u);
  const wire::Progress& progress = reports[0].progress();
  EXPECT_EQ(progress.in_flight(), 4u);
  ASSERT_EQ(progress.instances_size(), 1);
  ASSERT_EQ(progress.instances(0).bins_size(), 1);
  EXPECT_EQ(progress.instances(0).bins(0).sent(), 300u);
  EXPECT_EQ(progress.instances(0).bins(0).dropped(), 7u);
  EXPECT_EQ(progress.failures_size(), 1);
}

TEST_F(ReporterTest, ProgressIsToldAlsoWhenThereIsNone) {
  EXPECT_TRUE(reporter_->QueueProgress({}));
  EXPECT_TRUE(reporter_->QueueProgress({.in_flight = 2}));
  const auto reports = Send();
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_EQ(reports[1].progress().in_flight(), 2u);
}

TEST_F(ReporterTest, OnlyTheLastOfSeveralReportsIsUpToTheInstant) {
  constexpr uint32_t kInstances = 30'000;
  Open({}, kInstances);
  Record(1);
  EXPECT_TRUE(reporter_->QueueProgress({.until_ns = 5}));
  for (uint32_t i = 0; i < kInstances; ++i) Record(1, i);
  EXPECT_TRUE(reporter_->QueueProgress({.until_ns = 9}));
  std::vector<int64_t> instants;
  for (const wire::Report& report : Send()) {
    if (report.has_progress()) instants.push_back(report.progress().until_ns());
  }
  ASSERT_GT(instants.size(), 2u);
  EXPECT_EQ(instants.back(), 9);
  instants.pop_back();
  EXPECT_THAT(instants, testing::Each(5));
}

TEST_F(ReporterTest, TheInstantOfProgressNeverDecreases) {
  for (const int64_t until_ns : {7, 3, 8}) {
    EXPECT_TRUE(reporter_->QueueProgress({.until_ns = until_ns}));
  }
  std::vector<int64_t> instants;
  for (const wire::Report& report : Send()) {
    instants.push_back(report.progress().until_ns());
  }
  EXPECT_EQ(instants, (std::vector<int64_t>{7, 7, 8}));
}

TEST_F(ReporterTest, TheEndIsTheLastReportAfterAllProgress) {
  Record(3);
  WorkerDone done;
  done.ended_ns = 99;
  EXPECT_TRUE(reporter_->QueueDone(done, {}));
  const auto reports = Send();
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_EQ(reports[0].progress().instances(0).bins(0).sent(), 3u);
  EXPECT_EQ(reports[1].done().ended_ns(), 99);
  EXPECT_EQ(reports[1].done().records_lost(), 0u);
}

TEST_F(ReporterTest, MuchProgressTakesSeveralReports) {
  constexpr uint32_t kInstances = 30'000;
  Open({}, kInstances);
  for (uint32_t i = 0; i < kInstances; ++i) Record(1, i);
  EXPECT_TRUE(reporter_->QueueProgress({}));
  uint64_t sent = 0;
  int reports = 0;
  for (const wire::Report& report : Send()) {
    reports += report.has_progress() ? 1 : 0;
    for (const auto& delta : report.progress().instances())
      sent += TotalsDelta(delta).sent();
  }
  EXPECT_GT(reports, 1);
  EXPECT_EQ(sent, kInstances);
}

TEST_F(ReporterTest, ProgressThatFoundNoRoomIsToldLaterAndOnce) {
  Open(kNoDisk);
  Record(3);
  FillOutbox();
  EXPECT_FALSE(reporter_->QueueProgress({.in_flight = 1}));
  EXPECT_FALSE(reporter_->QueueProgress({.in_flight = 1}));
  EXPECT_FALSE(reporter_->QueueDone({}, {.in_flight = 1}));
  Send();
  EXPECT_TRUE(reporter_->QueueProgress({.in_flight = 1}));
  const auto reports = Send();
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].progress().instances(0).bins(0).sent(), 3u);
  EXPECT_TRUE(reporter_->QueueProgress({.in_flight = 1}));
  EXPECT_EQ(Send()[0].progress().instances_size(), 0);
}

TEST_F(ReporterTest, RecordsThatFoundNoRoomAreCountedAsLost) {
  Open(kNoDisk);
  FillOutbox();
  for (const int count : {100, 50}) {
    Record(count);
    reporter_->QueueRecords();
  }
  Send();
  EXPECT_TRUE(reporter_->QueueDone({}, {}));
  EXPECT_EQ(Send().back().done().records_lost(), 150u);
}

}  // namespace
}  // namespace invocator
