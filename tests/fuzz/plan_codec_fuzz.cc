// Any bytes: refused, or a plan that survives the round trip and can be cut
// into shares and played.
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

// A process has to be run up to its window, which may be years of arrivals.
bool StartsSoon(const invocator::InstancePlan& instance) {
  return instance.arrivals.window_start_s *
             instance.arrivals.rate.first_per_s() <
         1e5;
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
    if (StartsSoon(instance)) Play(instance);
  }
  invocator::PayloadAssembler assembler(message, *plan);
  if (!assembler.complete() && assembler.Append(0, 0, "").ok()) std::abort();
  return 0;
}
