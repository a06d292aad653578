// Any bytes: refused, or a plan that survives the round trip and can be cut
// into shares and played.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <vector>

#include "common/arrivals/arrival_stream.h"
#include "common/plan/partition.h"
#include "common/wire/payload_assembler.h"
#include "common/wire/plan_codec.h"

namespace {

using invocator::Arrival;
using invocator::FromWire;
using invocator::Plan;
using invocator::Share;
using invocator::ToWire;

void Play(const invocator::InstancePlan& instance) {
  const std::unique_ptr<invocator::ArrivalStream> stream =
      invocator::MakeArrivalStream(instance.arrivals);
  int64_t previous_ns = 0;
  for (int i = 0; i < 100; ++i) {
    const std::optional<Arrival> arrival = stream->Next();
    if (!arrival) return;
    if (arrival->scheduled_ns < previous_ns) std::abort();
    previous_ns = arrival->scheduled_ns;
  }
}

double PeakPerS(const invocator::ArrivalSpec& spec) {
  double peak = 0;
  for (const auto& point : spec.rate.points) {
    peak = std::max(peak, point.per_s);
  }
  return peak + (spec.bursts ? spec.bursts->per_s : 0);
}

// Lines of the rate and stays of its bursts.
double LinesOf(const invocator::ArrivalSpec& spec) {
  const auto points = static_cast<double>(spec.rate.points.size());
  const double every_s = spec.rate.every_s;
  double lines =
      every_s > 0 ? points * (spec.duration_s / every_s + 1) : points;
  if (spec.bursts) {
    lines += spec.duration_s /
             std::min(spec.bursts->mean_on_s, spec.bursts->mean_off_s);
  }
  return lines;
}

// A process has to be run up to its window, which may be years of arrivals; a
// hundred of them may take all lines of a rate; of 10^6 calls of a file, one
// may be kept.
bool StartsSoon(const invocator::InstancePlan& instance) {
  const invocator::ArrivalSpec& spec = instance.arrivals;
  if (invocator::HasRate(spec.kind)) {
    return spec.window_start_s * PeakPerS(spec) < 1e5 && LinesOf(spec) < 1e5;
  }
  double calls = 0;
  for (const uint32_t count : spec.counts.counts) calls += count;
  return calls < 1e6;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  invocator::wire::Plan message;
  if (!message.ParseFromArray(data, static_cast<int>(size))) return 0;
  absl::StatusOr<Plan> plan = FromWire(message);
  if (!plan.ok()) return 0;
  if (!FromWire(ToWire(*plan)).ok()) std::abort();
  for (const std::vector<Share>& shares : PartitionPlan(*plan, 3)) {
    for (const Share& share : shares) {
      if (!FromWire(ToWire(share), *plan).ok()) std::abort();
    }
  }
  for (const invocator::InstancePlan& instance : plan->instances) {
    const double per_s = invocator::MeanRate(instance);
    if (!(per_s >= 0 && per_s <= invocator::kMaxRatePerS)) std::abort();
    if (StartsSoon(instance)) Play(instance);
  }
  invocator::PayloadAssembler assembler(message, *plan);
  if (!assembler.complete() && assembler.Append(0, 0, "").ok()) std::abort();
  return 0;
}
