// Calls of lost workers in the timeline: they are in the bins in which they
// were due, and the books of every bin balance.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/arrivals/arrival_stream.h"
#include "coordinator/run/result_book.h"
#include "proto/fleet.pb.h"
#include "tests/support/plans.h"
#include "worker/recording/tally.h"

namespace invocator {
namespace {

using testing::IsEmpty;

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kBinNs = 100 * kMs;
constexpr size_t kWorkers = 3;

struct Call {
  size_t instance;
  Arrival arrival;
};

// Two instances with a call every 0.1 s and every 0.2 s, up to 4 s, divided
// among three workers.
class LostBinsTest : public testing::Test {
 protected:
  ~LostBinsTest() override { std::fclose(stream_); }

  void Open(double warmup_s = 0) {
    plan_ = PlanOf({ListInstance("f", std::vector<double>(40, 0.1), 10),
                    ListInstance("g", std::vector<double>(20, 0.2), 10)},
                   10);
    plan_.warmup_s = warmup_s;
    const auto partition = PartitionPlan(plan_, kWorkers);
    census_ = TakeCensus(plan_, partition);
    workers_.clear();
    std::vector<std::string> names;
    for (size_t i = 0; i < kWorkers; ++i) {
      RunWorker& worker = workers_.emplace_back();
      worker.name = "w" + std::to_string(i);
      worker.pieces = {{partition[i]}};
      worker.done.emplace();
      worker.done->schedule_exhausted = true;
      names.push_back(worker.name);
    }
    book_ =
        std::make_unique<ResultBook>(plan_, census_, names, nullptr, progress_);
  }
  void Lose(size_t worker, int64_t silent_from_ns) {
    workers_[worker].done.reset();
    workers_[worker].loss.why = absl::UnavailableError("lost");
    workers_[worker].loss.silent_from_ns = silent_from_ns;
  }

  // Calls of the worker's pieces, found by a plain walk.
  std::vector<Call> CallsOf(size_t worker) const {
    std::vector<Call> calls;
    for (size_t i = 0; i < plan_.instances.size(); ++i) {
      const auto stream = MakeArrivalStream(plan_.instances[i].arrivals);
      while (const auto arrival = stream->Next()) {
        for (const Piece& piece : workers_[worker].pieces) {
          for (const Share& share : piece.shares) {
            if (share.instance == i && share.Owns(arrival->sequence) &&
                arrival->scheduled_ns >= piece.from_ns &&
                arrival->scheduled_ns < piece.until_ns) {
              calls.push_back({i, *arrival});
            }
          }
        }
      }
    }
    return calls;
  }

  // The worker reports the calls for which `reports` is true. Calls that were
  // due before its loss and not reported will be lost.
  void Report(size_t worker, const std::function<bool(const Call&)>& reports) {
    Tally tally(plan_, /*record_ratio=*/0);
    std::vector<Record> records;
    for (const Call& call : CallsOf(worker)) {
      if (!reports(call)) {
        if (workers_[worker].done ||
            call.arrival.scheduled_ns >= workers_[worker].loss.silent_from_ns) {
          continue;
        }
        const auto bin =
            static_cast<size_t>(call.arrival.scheduled_ns / kBinNs);
        ++lost_[call.instance][bin];
        ++lost_of_worker_[worker];
        continue;
      }
      Record& record = records.emplace_back();
      record.instance = static_cast<uint32_t>(call.instance);
      record.sequence = call.arrival.sequence;
      record.scheduled_ns = call.arrival.scheduled_ns;
      record.sent_ns = record.scheduled_ns + 30 * kMs;
      record.done_ns = record.sent_ns + 350 * kMs;  // some bins later
    }
    wire::RecordBatch batch;
    RecordEncoder encoder(batch);
    tally.Add(records, encoder);
    wire::Progress progress;
    tally.TakeDeltas(SIZE_MAX, progress);
    ASSERT_TRUE(book_->OnProgress(worker, progress).ok());
  }
  void ReportAll(size_t worker) {
    Report(worker, [](const Call&) { return true; });
  }
  void ReportBefore(size_t worker, int64_t before_ns) {
    Report(worker, [before_ns](const Call& call) {
      return call.arrival.scheduled_ns < before_ns;
    });
  }

  RunReport Close() {
    return book_->Close(workers_, RunEnding(), VerdictLimits());
  }

  // Checks that each lane's lost calls are in the expected bins, and that sums
  // over bins, lanes, workers and phases balance.
  void Check(const RunReport& report) {
    EXPECT_THAT(report.book_errors, IsEmpty());
    const Timeline& timeline = *report.timeline;
    uint64_t all_lost = 0;
    for (size_t lane = 0; lane < 2; ++lane) {
      uint64_t lost = 0;
      uint64_t sent = 0;
      for (uint32_t bin = 0; bin < timeline.rows(); ++bin) {
        const BinCounts counts = timeline.Counts(lane, bin);
        EXPECT_EQ(counts.Of(Outcome::kLost), lost_[lane][bin])
            << "lane " << lane << ", bin " << bin;
        EXPECT_LE(timeline.Accounted(lane, bin), counts.planned);
        lost += counts.Of(Outcome::kLost);
        sent += counts.sent;
      }
      const Totals books = report.BooksOf(lane);
      EXPECT_EQ(lost, books.Of(Outcome::kLost));
      EXPECT_EQ(sent, books.sent);
      all_lost += lost;
    }
    EXPECT_EQ(report.Books().Of(Outcome::kLost), all_lost);
    for (size_t worker = 0; worker < kWorkers; ++worker) {
      const Totals& totals = report.workers[worker].totals;
      EXPECT_EQ(totals.Of(Outcome::kLost), lost_of_worker_[worker]);
      uint64_t sent = 0;
      for (uint32_t bin = 0; bin < timeline.rows(); ++bin) {
        sent += timeline.WorkerSent(worker, bin);
      }
      EXPECT_EQ(sent, totals.sent);
    }
  }

  std::FILE* const stream_ = std::tmpfile();
  ProgressLine progress_{stream_};
  Plan plan_;
  Census census_;
  std::vector<RunWorker> workers_;
  std::unique_ptr<ResultBook> book_;
  // Expected: by lane and bin, and by worker.
  std::vector<std::vector<uint64_t>> lost_{2, std::vector<uint64_t>(700)};
  std::vector<uint64_t> lost_of_worker_ = std::vector<uint64_t>(kWorkers);
};

TEST_F(LostBinsTest, AreThoseInWhichTheCallsWereDue) {
  Open();
  Lose(0, 2'550 * kMs);
  ReportBefore(0, 1'000 * kMs);
  ReportAll(1);
  ReportAll(2);
  Check(Close());
  EXPECT_GT(lost_of_worker_[0], 5u);
}

TEST_F(LostBinsTest, ACallThatTookLongIsMissingInItsOwnBin) {
  Open();
  Lose(1, 2'000 * kMs);
  const std::vector<Call> calls = CallsOf(1);
  const Call long_one = calls[1];
  ASSERT_LT(long_one.arrival.scheduled_ns, 1'000 * kMs);
  Report(1, [&](const Call& call) {
    return call.arrival.scheduled_ns < 1'500 * kMs &&
           (call.instance != long_one.instance ||
            call.arrival.sequence != long_one.arrival.sequence);
  });
  ReportAll(0);
  ReportAll(2);
  Check(Close());
}

TEST_F(LostBinsTest, PhasesAreLostByWhatWasDueInThem) {
  Open(/*warmup_s=*/1.5);
  Lose(0, 2'550 * kMs);
  ReportBefore(0, 1'000 * kMs);
  ReportAll(1);
  ReportAll(2);
  uint64_t in_warmup = 0;
  uint64_t measured = 0;
  for (const auto& of_lane : lost_) {
    for (size_t bin = 0; bin < of_lane.size(); ++bin) {
      (bin < 15 ? in_warmup : measured) += of_lane[bin];
    }
  }
  const RunReport report = Close();
  Check(report);
  EXPECT_GT(in_warmup, 0u);
  EXPECT_EQ(report.warmup_total.Of(Outcome::kLost), in_warmup);
  EXPECT_EQ(report.total.Of(Outcome::kLost), measured);
  EXPECT_EQ(report.warmup_total.unsent, 0u);
  // Of f at 0.1 s to 1.4 s, of g at 0.2 s to 1.4 s.
  EXPECT_EQ(report.warmup[0].planned, 14u);
  EXPECT_EQ(report.warmup[1].planned, 7u);
  EXPECT_EQ(report.total.planned, 60u - 21);
}

TEST_F(LostBinsTest, AWorkerThatIsLostInTheWarmUpLosesNothingAfterIt) {
  Open(/*warmup_s=*/1.5);
  Lose(2, 1'000 * kMs);
  ReportBefore(2, 400 * kMs);
  ReportAll(0);
  ReportAll(1);
  const RunReport report = Close();
  Check(report);
  EXPECT_GT(report.warmup_total.Of(Outcome::kLost), 0u);
  EXPECT_EQ(report.total.Of(Outcome::kLost), 0u);
  EXPECT_GT(report.total.unsent, 0u);
}

TEST_F(LostBinsTest, AReplannedShareIsLostUpToItsEndOnly) {
  Open();
  // From then on worker 1 plays what was worker 0's.
  const int64_t from_ns = 2'000 * kMs;
  Lose(0, from_ns);
  workers_[0].pieces[0].until_ns = from_ns;
  workers_[1].pieces.push_back({workers_[0].pieces[0].shares, from_ns});
  workers_[1].extends.resize(1);
  workers_[1].done->extends = 1;
  ReportBefore(0, 1'200 * kMs);
  ReportAll(1);
  ReportAll(2);
  const RunReport report = Close();
  Check(report);
  EXPECT_EQ(report.total.unsent, 0u);
  // Nothing is missing in any bin.
  for (uint32_t bin = 0; bin < report.timeline->rows(); ++bin) {
    for (size_t lane = 0; lane < 2; ++lane) {
      EXPECT_EQ(report.timeline->Accounted(lane, bin),
                report.timeline->Counts(lane, bin).planned);
    }
  }
}

TEST_F(LostBinsTest, TwoLostWorkersLoseTheirOwn) {
  Open(/*warmup_s=*/0.7);
  Lose(0, 2'500 * kMs);
  Lose(2, 1'700 * kMs);
  ReportBefore(0, 1'000 * kMs);
  ReportBefore(2, 600 * kMs);
  ReportAll(1);
  Check(Close());
  EXPECT_GT(lost_of_worker_[0], 0u);
  EXPECT_GT(lost_of_worker_[2], 0u);
}

// With one lost worker the counts of each bin show how many calls it lacks.
TEST_F(LostBinsTest, OfOneLostWorkerAnyMissingCallIsInItsBin) {
  std::mt19937 random(9);
  for (int round = 0; round < 20; ++round) {
    lost_.assign(2, std::vector<uint64_t>(700));
    lost_of_worker_.assign(kWorkers, 0);
    Open(round % 2 == 0 ? 0 : 1.23);
    Lose(1, static_cast<int64_t>(random() % 45) * kBinNs);
    const int64_t silent_ns = workers_[1].loss.silent_from_ns;
    Report(1, [&](const Call& call) {
      return call.arrival.scheduled_ns < silent_ns && random() % 3 > 0;
    });
    ReportAll(0);
    ReportAll(2);
    Check(Close());
  }
}

}  // namespace
}  // namespace invocator
