// A record's whole way within the worker on one core: written by the engine,
// handed over in chunks, and counted by the stream thread when a chunk is full.
// Shows what the chunks' size costs, since a record is read again where it may
// have left the caches.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <memory>

#include "common/arrivals/rng.h"
#include "proto/fleet.pb.h"
#include "tests/bench/records.h"
#include "tests/support/plans.h"
#include "worker/recording/chunk_queue.h"
#include "worker/recording/recorder.h"
#include "worker/recording/tally.h"

namespace invocator {
namespace {

void BM_RecordAndTally(benchmark::State& state) {
  bool pushed = false;
  ChunkQueue queue([&pushed] { pushed = true; });
  Recorder recorder(queue);
  Tally tally(PlanOf({ListInstance("f", {1}, 10)}, 10), 0);
  wire::RecordBatch batch;
  RecordEncoder encoder(batch);
  StreamRng rng(1, "records");
  std::array<Record, 64> records;  // as in a call table
  for (uint64_t i = 0; i < records.size(); ++i) records[i] = RecordAt(i, rng);
  size_t at = 0;
  for (auto _ : state) {
    recorder.Add(records[at++ % records.size()]);
    if (!pushed) continue;
    pushed = false;
    for (std::unique_ptr<Chunk>& chunk : queue.TakeFull()) {
      tally.Add(chunk->records, encoder);
      queue.Recycle(std::move(chunk));
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_RecordAndTally);

}  // namespace
}  // namespace invocator
