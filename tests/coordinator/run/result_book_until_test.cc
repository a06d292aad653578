// Books of a run that ended early, since its numbers were known well enough.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "common/plan/digest.h"
#include "coordinator/json/suggestion.h"
#include "coordinator/run/result_book.h"
#include "tests/support/deltas.h"
#include "tests/support/plans.h"

namespace invocator {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr int64_t kS = 1'000'000'000;
constexpr int64_t kGapNs = kS / 10;
constexpr uint64_t kCalls = 199;  // of each instance, every 0.1 s for 20 s

class UntilBookTest : public testing::Test {
 protected:
  UntilBookTest() {
    for (size_t i = 0; i < 2; ++i) {
      RunWorker& worker = workers_.emplace_back();
      worker.name = names_[i];
      worker.pieces = {{{{i, 0, 1}}}};
      worker.done.emplace();
      worker.done->schedule_exhausted = true;
      worker.done->stopped_from_ns = 9 * kS;
      worker.done->last_sent_ns = 9 * kS - kGapNs;
      worker.done->ended_ns = 9 * kS;
    }
    book_.EndWhenKnown(
        *ParsePrecisionGoals({"response p50 within 5%"}, &NearestWord), kS);
  }
  ~UntilBookTest() override { std::fclose(stream_); }

  static int64_t DueNs(uint64_t sequence) {
    return static_cast<int64_t>(sequence + 1) * kGapNs;
  }
  uint64_t DigestOf(size_t worker, uint64_t calls) const {
    uint64_t digest = 0;
    for (uint64_t i = 0; i < calls; ++i) {
      digest += DigestTerm(HashName(names_[worker]), i, DueNs(i));
    }
    return digest;
  }

  // The worker's calls up to that number; they ended at once.
  void Play(size_t worker, uint64_t calls) {
    wire::InstanceDelta delta;
    delta.set_instance(static_cast<uint32_t>(worker));
    delta.set_sent_digest(DigestOf(worker, calls) -
                          DigestOf(worker, played_[worker]));
    for (uint64_t i = played_[worker]; i < calls; ++i) {
      FillBin(1, AddBin(static_cast<uint32_t>(DueNs(i) / kGapNs), delta));
    }
    played_[worker] = calls;
    wire::Progress progress = ProgressOf({delta});
    progress.set_until_ns(DueNs(calls));
    const absl::Status status = book_.OnProgress(worker, progress);
    EXPECT_TRUE(status.ok()) << status;
  }
  std::optional<int64_t> Judge(double elapsed_s) {
    return book_.WantsStopFrom(static_cast<int64_t>(elapsed_s * 1e9),
                               [](size_t) { return false; });
  }
  // Both to just before an instant.
  void PlayUntil(int64_t instant_ns) {
    book_.OnTick(static_cast<double>(instant_ns + kGapNs) / 1e9);
    for (size_t i = 0; i < 2; ++i) {
      Play(i, static_cast<uint64_t>((instant_ns - 1) / kGapNs));
    }
  }
  RunReport Close() { return book_.Close(workers_, {}, VerdictLimits()); }

  const std::vector<std::string> names_ = {"f", "g"};
  const Plan plan_ =
      PlanOf({ListInstance("f", std::vector<double>(kCalls, 0.1), 20),
              ListInstance("g", std::vector<double>(kCalls, 0.1), 20)},
             20);
  const Census census_ = TakeCensus(plan_, {{{0, 0, 1}}, {{1, 0, 1}}});
  std::FILE* const stream_ = std::tmpfile();
  ProgressLine progress_{stream_};
  ResultBook book_{plan_, census_, names_, nullptr, progress_};
  std::vector<RunWorker> workers_;
  std::vector<uint64_t> played_ = {0, 0};
};

TEST_F(UntilBookTest, WhatIsCutOffIsNotPlannedAnyMore) {
  PlayUntil(3 * kS + 1);
  EXPECT_EQ(Judge(3.5), std::nullopt);
  PlayUntil(6 * kS + 1);
  ASSERT_EQ(Judge(7), 9 * kS);
  PlayUntil(9 * kS);
  for (RunWorker& worker : workers_) CutFrom(9 * kS, worker.pieces);
  const RunReport report = Close();
  EXPECT_THAT(report.book_errors, IsEmpty());
  EXPECT_THAT(report.losses, IsEmpty());
  EXPECT_EQ(report.stopped_at_s, 9.0);
  EXPECT_EQ(report.total.planned, 178u);
  EXPECT_EQ(report.total.sent, 178u);
  EXPECT_EQ(report.total.unsent, 0u);
  EXPECT_EQ(report.total.planned_digest, DigestOf(0, 89) + DigestOf(1, 89));
  EXPECT_EQ(report.total.sent_digest, report.total.planned_digest);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(report.workers[i].totals.planned, 89u);
    EXPECT_EQ(report.workers[i].totals.planned_digest, DigestOf(i, 89));
    EXPECT_EQ(report.workers[i].stopped_at_s, std::nullopt);
  }
  for (const std::string& reason : report.verdict.reasons) {
    EXPECT_THAT(reason, Not(HasSubstr("not sent")));
  }
  EXPECT_EQ(report.planned_span_s, 20);
  EXPECT_EQ(report.sent_span_s, 9);
  EXPECT_EQ(report.RatesOf(report.total).planned, 178.0 / 9);
  EXPECT_EQ(report.timeline->Counts(89).planned, 2u);
  EXPECT_EQ(report.timeline->Counts(90).planned, 0u);
  ASSERT_EQ(report.until.size(), 1u);
  EXPECT_TRUE(report.until[0].known());
}

TEST_F(UntilBookTest, WhatWasToBeSentBeforeTheEndIsUnsent) {
  PlayUntil(6 * kS + 1);
  ASSERT_EQ(Judge(7), 9 * kS);
  book_.OnTick(10);
  Play(0, 89);
  Play(1, 80);
  workers_[1].done->schedule_exhausted = false;  // at the drain's end
  for (RunWorker& worker : workers_) CutFrom(9 * kS, worker.pieces);
  const RunReport report = Close();
  EXPECT_THAT(report.book_errors, IsEmpty());
  EXPECT_EQ(report.total.unsent, 9u);
  EXPECT_EQ(report.workers[1].totals.unsent, 9u);
  EXPECT_EQ(report.verdict.state, VerdictState::kMissed);
}

TEST_F(UntilBookTest, AWorkerThatWasStoppedLaterHasPlayedMore) {
  PlayUntil(6 * kS + 1);
  ASSERT_EQ(Judge(7), 9 * kS);
  book_.OnTick(12);
  Play(0, 89);
  Play(1, 95);
  workers_[1].done->stopped_from_ns = 9 * kS + 5 * kGapNs + 1;
  for (RunWorker& worker : workers_) {
    CutFrom(worker.done->stopped_from_ns, worker.pieces);
  }
  const RunReport report = Close();
  EXPECT_THAT(report.book_errors, IsEmpty());
  EXPECT_EQ(report.total.planned, 89u + 95u);
  EXPECT_EQ(report.total.unsent, 0u);
  EXPECT_EQ(report.total.planned_digest, DigestOf(0, 89) + DigestOf(1, 95));
  EXPECT_EQ(report.workers[0].stopped_at_s, std::nullopt);
  EXPECT_EQ(report.workers[1].stopped_at_s, 9.500000001);
}

// It says that it kept the instant, and did not.
TEST_F(UntilBookTest, AWorkerThatReportsMoreThanItWasToPlayBreaksTheBooks) {
  PlayUntil(6 * kS + 1);
  ASSERT_EQ(Judge(7), 9 * kS);
  book_.OnTick(12);
  Play(0, 89);
  Play(1, 90);
  for (RunWorker& worker : workers_) CutFrom(9 * kS, worker.pieces);
  EXPECT_THAT(Close().book_errors, Not(IsEmpty()));
}

TEST_F(UntilBookTest, ALostWorkersCallsCountUntilItFellSilent) {
  PlayUntil(6 * kS + 1);
  ASSERT_EQ(Judge(7), 9 * kS);
  book_.OnTick(12);
  Play(0, 89);
  workers_[1].done.reset();
  workers_[1].loss.why = absl::UnavailableError("worker g was lost");
  workers_[1].loss.silent_from_ns = 10 * kS;
  CutFrom(9 * kS, workers_[0].pieces);
  CutFrom(10 * kS, workers_[1].pieces);
  const RunReport report = Close();
  EXPECT_THAT(report.book_errors, IsEmpty());
  EXPECT_EQ(report.workers[1].totals.planned, 99u);
  EXPECT_EQ(report.total.Of(Outcome::kLost), 99u - 60u);
  EXPECT_EQ(report.total.unsent, 0u);
  EXPECT_EQ(report.losses.size(), 1u);
}

TEST_F(UntilBookTest, WithoutAnEndThePlanStaysWhole) {
  PlayUntil(6 * kS + 1);
  PlayUntil(20 * kS);
  for (RunWorker& worker : workers_) worker.done->stopped_from_ns = 0;
  const RunReport report = Close();
  EXPECT_THAT(report.book_errors, IsEmpty());
  EXPECT_EQ(report.stopped_at_s, std::nullopt);
  EXPECT_EQ(report.total.planned, 2 * kCalls);
  ASSERT_EQ(report.until[0].looks.size(), 1u);
  EXPECT_EQ(report.until[0].looks[0].at_s, 20);
}

}  // namespace
}  // namespace invocator
