// Any bytes: refused, or an assignment whose shares can be laid out.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "common/plan/partition.h"
#include "proto/fleet.pb.h"
#include "worker/setup/assignment.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  invocator::wire::Assignment message;
  if (!message.ParseFromArray(data, static_cast<int>(size))) return 0;
  const auto assignment =
      invocator::ReadAssignment(message, /*threads=*/2, /*file_limit=*/1'024);
  if (!assignment.ok()) return 0;
  const invocator::EngineGroupOptions& engines = assignment->engines;
  if (engines.engines < 1 || engines.engines > 2 ||
      engines.max_in_flight < engines.engines ||
      engines.warm_connections > engines.max_in_flight ||
      engines.engine.drain_ns < 0 || engines.engine.spin_ns < 0 ||
      !(assignment->record_ratio >= 0 && assignment->record_ratio <= 1)) {
    std::abort();
  }
  if (assignment->shares.size() > assignment->plan.instances.size()) {
    std::abort();
  }
  invocator::PartitionShares(assignment->plan, assignment->shares, 2);
  return 0;
}
