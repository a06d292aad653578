// Whatever the bytes, reading them ends, and what is accepted is a plan whose
// numbers are in range.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "common/arrivals/rate_walk.h"
#include "common/wire/arrivals_codec.h"
#include "coordinator/workload/workload.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace invocator;  // NOLINT(google-build-using-namespace)
  static const WorkloadOptions options = {.default_region = "us-east-1",
                                          .draw_seed = [] { return 1u; }};
  absl::StatusOr<LoadedWorkload> workload = ParseWorkload(
      {reinterpret_cast<const char*>(data), size}, "fuzz", "/nowhere", options);
  if (!workload.ok()) {
    if (workload.status().message().empty()) std::abort();
    return 0;
  }
  const Plan& plan = workload->plan;
  if (plan.instances.empty() || plan.test_name.empty()) std::abort();
  if (!(plan.duration_s > 0 && plan.duration_s <= kMaxDurationS)) std::abort();
  for (const InstancePlan& instance : plan.instances) {
    const ArrivalSpec& spec = instance.arrivals;
    const bool in_range =
        CheckRateShape(spec.rate).ok() &&
        (!HasRate(spec.kind) || CheckRateLines(spec).ok()) &&
        std::is_sorted(
            spec.spikes.begin(), spec.spikes.end(),
            [](const Spike& a, const Spike& b) { return a.at_s < b.at_s; }) &&
        spec.window_start_s >= 0 && spec.window_start_s < spec.window_end_s &&
        spec.window_end_s <= plan.duration_s;
    // Workers accept every plan that a coordinator reads.
    if (!FromWire(ToWire(spec), plan.duration_s).ok()) std::abort();
    if (!in_range || instance.endpoint.host.empty()) std::abort();
    for (double gap_s : spec.gaps_s) {
      if (!(gap_s >= 0) || !std::isfinite(gap_s)) std::abort();
    }
  }
  return 0;
}
