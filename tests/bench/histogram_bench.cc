// The recorder adds three values per invocation; a Progress is encoded and
// merged once a second per instance.
#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "common/arrivals/rng.h"
#include "common/result/histogram.h"
#include "common/wire/histogram_codec.h"

namespace invocator {
namespace {

constexpr size_t kValues = 4096;

// Latencies between 1 ms and 100 ms.
std::array<int64_t, kValues> Latencies() {
  std::array<int64_t, kValues> values;
  StreamRng rng(1, "latencies");
  for (int64_t& value : values) {
    value = 1'000'000 + static_cast<int64_t>(99e6 * rng.Uniform());
  }
  return values;
}

Histogram Filled() {
  Histogram histogram;
  for (int64_t value : Latencies()) histogram.Add(value);
  return histogram;
}

void BM_HistogramAdd(benchmark::State& state) {
  const std::array<int64_t, kValues> values = Latencies();
  Histogram histogram;
  size_t i = 0;
  for (auto _ : state) {
    histogram.Add(values[i++ % kValues]);
  }
  benchmark::DoNotOptimize(histogram.count());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_HistogramAdd);

void BM_HistogramToWire(benchmark::State& state) {
  const Histogram histogram = Filled();
  for (auto _ : state) benchmark::DoNotOptimize(ToWire(histogram));
}
BENCHMARK(BM_HistogramToWire);

void BM_HistogramMergeWire(benchmark::State& state) {
  const wire::Histogram message = ToWire(Filled());
  Histogram total;
  for (auto _ : state) {
    benchmark::DoNotOptimize(CheckWire(message).ok());
    AddChecked(message, total);
  }
}
BENCHMARK(BM_HistogramMergeWire);

void BM_HistogramQuantile(benchmark::State& state) {
  const Histogram histogram = Filled();
  for (auto _ : state) benchmark::DoNotOptimize(histogram.QuantileNs(0.99));
}
BENCHMARK(BM_HistogramQuantile);

}  // namespace
}  // namespace invocator
