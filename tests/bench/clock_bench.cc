// What it costs to ask what time it is. Every call does so some times, and once
// for the second that dates its signature: WallClock's is the cheaper one here.
#include <benchmark/benchmark.h>
#include <time.h>

#include "common/base/clock.h"

namespace invocator {
namespace {

void BM_SteadyClock(benchmark::State& state) {
  const SystemSteadyClock clock;
  for (auto _ : state) benchmark::DoNotOptimize(clock.NowNs());
}
BENCHMARK(BM_SteadyClock);

void BM_WallClock(benchmark::State& state) {
  const SystemWallClock clock;
  for (auto _ : state) benchmark::DoNotOptimize(clock.NowUnixS());
}
BENCHMARK(BM_WallClock);

void BM_WallClockByClockGettime(benchmark::State& state) {
  for (auto _ : state) {
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    benchmark::DoNotOptimize(now);
  }
}
BENCHMARK(BM_WallClockByClockGettime);

}  // namespace
}  // namespace invocator
