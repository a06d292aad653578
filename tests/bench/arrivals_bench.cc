// The target for planning: 10 M arrivals/s on one core, in memory that
// does not depend on their number (heap_growth_bytes is 0, whatever the
// iterations).
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <cstdint>
#include <memory>
#include <optional>

#include "common/arrivals/arrival_stream.h"
#include "common/plan/plan.h"
#include "coordinator/books/census.h"

namespace invocator {
namespace {

ArrivalSpec Endless(ArrivalKind kind, ArrivalRng rng) {
  ArrivalSpec spec;
  spec.kind = kind;
  spec.rng = rng;
  spec.seed = 100;
  spec.stream = "instance1";
  spec.rate = 100'000;
  spec.duration_s = kMaxDurationS;
  spec.window_end_s = kMaxDurationS;
  return spec;
}

// What the heap holds, in this thread's arena and in mappings of its own.
double HeapBytes() {
  const struct mallinfo2 heap = mallinfo2();
  return static_cast<double>(heap.uordblks + heap.hblkhd);
}

void BM_Arrivals(benchmark::State& state, ArrivalKind kind, ArrivalRng rng) {
  const std::unique_ptr<ArrivalStream> stream =
      MakeArrivalStream(Endless(kind, rng));
  benchmark::DoNotOptimize(stream->Next());
  const double heap_bytes = HeapBytes();
  for (auto _ : state) {
    const std::optional<Arrival> arrival = stream->Next();
    benchmark::DoNotOptimize(arrival->scheduled_ns);
  }
  state.counters["heap_growth_bytes"] = HeapBytes() - heap_bytes;
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(BM_Arrivals, poisson, ArrivalKind::kPoisson,
                  ArrivalRng::kIndependent);
BENCHMARK_CAPTURE(BM_Arrivals, uniform, ArrivalKind::kUniform,
                  ArrivalRng::kIndependent);
BENCHMARK_CAPTURE(BM_Arrivals, faasprofiler_poisson, ArrivalKind::kPoisson,
                  ArrivalRng::kFaasProfiler);
BENCHMARK_CAPTURE(BM_Arrivals, faasprofiler_uniform, ArrivalKind::kUniform,
                  ArrivalRng::kFaasProfiler);

// What comes before every run: each invocation is generated and counted.
void BM_Census(benchmark::State& state, ArrivalKind kind) {
  constexpr double kDurationS = 10;
  Plan plan;
  plan.duration_s = kDurationS;
  InstancePlan& instance = plan.instances.emplace_back();
  instance.name = "instance1";
  instance.arrivals = Endless(kind, ArrivalRng::kIndependent);
  instance.arrivals.duration_s = instance.arrivals.window_end_s = kDurationS;
  uint64_t count = 0;
  for (auto _ : state) count += TakeCensus(plan, {}).total.count;
  state.SetItemsProcessed(static_cast<int64_t>(count));
}
BENCHMARK_CAPTURE(BM_Census, poisson, ArrivalKind::kPoisson);
BENCHMARK_CAPTURE(BM_Census, uniform, ArrivalKind::kUniform);

}  // namespace
}  // namespace invocator
