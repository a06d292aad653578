// Taking the next call from an engine's schedule, by the number of instances
// that it is merged from.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/plan/partition.h"
#include "tests/support/plans.h"
#include "worker/engine/schedule.h"

namespace invocator {
namespace {

// Calls as in 28 hours of Poisson, so that the instances overtake each other.
Plan PlanOfInstances(int64_t instances) {
  constexpr double kDurationS = 100'000;
  std::vector<InstancePlan> list;
  for (int64_t i = 0; i < instances; ++i) {
    InstancePlan instance = ListInstance(absl::StrCat("f", i), {}, kDurationS);
    instance.arrivals.kind = ArrivalKind::kPoisson;
    instance.arrivals.rng = ArrivalRng::kIndependent;
    instance.arrivals.rate = 1e6;
    list.push_back(std::move(instance));
  }
  return PlanOf(std::move(list), kDurationS);
}

void BM_TakeScheduled(benchmark::State& state) {
  const Plan plan = PlanOfInstances(state.range(0));
  Schedule schedule(plan, WholeShares(plan));
  for (auto _ : state) {
    benchmark::DoNotOptimize(schedule.Take(/*hold=*/false));
  }
}
BENCHMARK(BM_TakeScheduled)
    ->ArgName("instances")
    ->Arg(1)
    ->Arg(10)
    ->Arg(1'000)
    ->Arg(50'000);

}  // namespace
}  // namespace invocator
