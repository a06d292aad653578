// Cuts a plan's bodies and timestamps into the chunks that follow an Assignment
// (proto/fleet.proto): bodies first, then tapes, each in order.
#ifndef INVOCATOR_COMMON_WIRE_PLAN_CHUNKS_H_
#define INVOCATOR_COMMON_WIRE_PLAN_CHUNKS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/plan/plan.h"

namespace invocator {

namespace wire {
class CoordinatorMessage;
}

// Thread-compatible. Borrows the plan.
class PlanChunks {
 public:
  // `tapes`: as in the Assignment.
  PlanChunks(const Plan& plan, std::vector<uint32_t> tapes)
      : plan_(&plan), tapes_(std::move(tapes)) {}

  // The next chunk; nullopt after the last. An error if timestamps cannot be
  // read back from their file.
  absl::StatusOr<std::optional<wire::CoordinatorMessage>> Next();

 private:
  const Plan* plan_;
  std::vector<uint32_t> tapes_;
  size_t set_ = 0;
  size_t body_ = 0;
  size_t tape_ = 0;
  uint64_t offset_ = 0;  // in the body, then in the tape
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WIRE_PLAN_CHUNKS_H_
