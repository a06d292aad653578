// The worker's part of a record's way, off the send path: counted in digest and
// histograms, and laid into the columns of a batch where records are wanted.
// The target for merging, 2 M records/s with histograms, holds for it too.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "common/arrivals/rng.h"
#include "common/wire/protocol.h"
#include "proto/fleet.pb.h"
#include "tests/bench/records.h"
#include "tests/support/plans.h"
#include "worker/recording/tally.h"

namespace invocator {
namespace {

std::vector<Record> RecordsOfABatch() {
  StreamRng rng(1, "records");
  std::vector<Record> records;
  for (int i = 0; i < kRecordsPerBatch; ++i) {
    records.push_back(RecordAt(static_cast<uint64_t>(i), rng));
  }
  return records;
}

// Argument: the percentage of invocations that are reported as records.
void BM_TallyRecords(benchmark::State& state) {
  Tally tally(PlanOf({ListInstance("f", {1}, 10)}, 10),
              static_cast<double>(state.range(0)) / 100);
  const std::vector<Record> records = RecordsOfABatch();
  for (auto _ : state) {
    wire::RecordBatch batch;
    RecordEncoder encoder(batch);
    tally.Add(records, encoder);
    benchmark::DoNotOptimize(batch);
  }
  state.SetItemsProcessed(state.iterations() * kRecordsPerBatch);
}
BENCHMARK(BM_TallyRecords)->ArgName("percent")->Arg(0)->Arg(100);

}  // namespace
}  // namespace invocator
