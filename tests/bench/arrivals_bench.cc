// The target for planning: 10 M arrivals/s on one core, in memory that
// does not depend on their number (heap_growth_bytes is 0, whatever the
// iterations).
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "common/arrivals/arrival_stream.h"
#include "common/arrivals/instant_tape.h"
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

// Begins anew at the end of a kind that has one.
void Play(benchmark::State& state, const ArrivalSpec& spec) {
  std::unique_ptr<ArrivalStream> stream = MakeArrivalStream(spec);
  benchmark::DoNotOptimize(stream->Next());
  const double heap_bytes = HeapBytes();
  for (auto _ : state) {
    std::optional<Arrival> arrival = stream->Next();
    if (!arrival) {
      stream = MakeArrivalStream(spec);
      arrival = stream->Next();
    }
    benchmark::DoNotOptimize(arrival->scheduled_ns);
  }
  state.counters["heap_growth_bytes"] = HeapBytes() - heap_bytes;
  state.SetItemsProcessed(state.iterations());
}

void BM_Arrivals(benchmark::State& state, ArrivalKind kind, ArrivalRng rng) {
  Play(state, Endless(kind, rng));
}
BENCHMARK_CAPTURE(BM_Arrivals, poisson, ArrivalKind::kPoisson,
                  ArrivalRng::kIndependent);
BENCHMARK_CAPTURE(BM_Arrivals, uniform, ArrivalKind::kUniform,
                  ArrivalRng::kIndependent);
BENCHMARK_CAPTURE(BM_Arrivals, faasprofiler_poisson, ArrivalKind::kPoisson,
                  ArrivalRng::kFaasProfiler);
BENCHMARK_CAPTURE(BM_Arrivals, faasprofiler_uniform, ArrivalKind::kUniform,
                  ArrivalRng::kFaasProfiler);

// The targets for shapes: points and sines within a factor of two of a constant
// rate, Gamma at 5 M arrivals/s.
void BM_Shape(benchmark::State& state, const RateShape& rate) {
  ArrivalSpec spec = Endless(ArrivalKind::kPoisson, ArrivalRng::kIndependent);
  spec.rate = rate;
  Play(state, spec);
}
RateShape Points() {
  RateShape shape;
  shape.points = {{0, 5e4}, {60, 1e5}, {120, 2e4}, {120, 6e4}, {300, 2e5}};
  shape.every_s = 300;
  return shape;
}
BENCHMARK_CAPTURE(BM_Shape, points, Points());
BENCHMARK_CAPTURE(
    BM_Shape, sine,
    SineShape({.mean_per_s = 1e5, .amplitude_per_s = 1e5, .period_s = 60}));

void BM_Law(benchmark::State& state, ArrivalKind kind, const GapLaw& law) {
  ArrivalSpec spec = Endless(kind, ArrivalRng::kIndependent);
  spec.law = law;
  Play(state, spec);
}
BENCHMARK_CAPTURE(BM_Law, gamma, ArrivalKind::kGamma, GammaGaps(3));
BENCHMARK_CAPTURE(BM_Law, weibull, ArrivalKind::kWeibull, WeibullGaps(2));
BENCHMARK_CAPTURE(BM_Law, lognormal, ArrivalKind::kLognormal,
                  LognormalGaps(1.5));
BENCHMARK_CAPTURE(BM_Law, pareto, ArrivalKind::kPareto, ParetoGaps(1.5));

void BM_Bursts(benchmark::State& state) {
  ArrivalSpec spec = Endless(ArrivalKind::kPoisson, ArrivalRng::kIndependent);
  spec.rate = 0;
  spec.bursts = Bursts{.per_s = 2e5, .mean_on_s = 2, .mean_off_s = 30};
  Play(state, spec);
}
BENCHMARK(BM_Bursts);

void BM_Counts(benchmark::State& state, bool even) {
  ArrivalSpec spec = Endless(ArrivalKind::kCounts, ArrivalRng::kIndependent);
  spec.counts.counts.assign(10'000, 1'000'000);
  spec.counts.even = even;
  Play(state, spec);
}
BENCHMARK_CAPTURE(BM_Counts, random, false);
BENCHMARK_CAPTURE(BM_Counts, even, true);

void BM_Timestamps(benchmark::State& state) {
  ArrivalSpec spec =
      Endless(ArrivalKind::kTimestamps, ArrivalRng::kIndependent);
  TapeWriter writer = *TapeWriter::Create(int64_t{1} << 62);
  constexpr int64_t kGapNs = 1'000'000;
  for (int64_t i = 0; i < 1'000'000; ++i) {
    if (!writer.Add(i * kGapNs).ok()) return state.SkipWithError("no tape");
  }
  spec.tape = *std::move(writer).Finish();
  Play(state, spec);
}
BENCHMARK(BM_Timestamps);

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
