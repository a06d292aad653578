// Books of a run of two workers, kept without a CSV and with one.
#ifndef INVOCATOR_TESTS_SUPPORT_RESULT_BOOK_FIXTURE_H_
#define INVOCATOR_TESTS_SUPPORT_RESULT_BOOK_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "common/plan/digest.h"
#include "coordinator/run/result_book.h"
#include "proto/fleet.pb.h"
#include "tests/support/deltas.h"
#include "tests/support/plans.h"
#include "tests/support/temp_dir.h"

namespace invocator {

// Two instances of 3 and 1 invocations, whole on workers "a,b" and "c".
class ResultBookFixture : public testing::Test {
 protected:
  static constexpr int64_t kS = 1'000'000'000;

  ResultBookFixture() {
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
  ~ResultBookFixture() override { std::fclose(stream_); }

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

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_RESULT_BOOK_FIXTURE_H_
