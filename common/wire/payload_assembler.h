// Puts the bodies of a plan together from the chunks that follow it: bodies in
// order, no byte more than announced.
#ifndef INVOCATOR_COMMON_WIRE_PAYLOAD_ASSEMBLER_H_
#define INVOCATOR_COMMON_WIRE_PAYLOAD_ASSEMBLER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/plan/plan.h"
#include "proto/plan.pb.h"

namespace invocator {

// Thread-compatible. Borrows the plan, which must outlive the assembler.
class PayloadAssembler {
 public:
  // REQUIRES: `plan` is what FromWire made of `announced`.
  PayloadAssembler(const wire::Plan& announced, Plan& plan);

  // INVALID_ARGUMENT for an empty or too large chunk, for one that is not of
  // the first body that lacks bytes, and for more bytes than that body lacks;
  // the plan is unchanged then.
  absl::Status Append(uint32_t payload_set, uint32_t body,
                      absl::string_view bytes);

  // Every byte of every body is there.
  bool complete() const { return set_ == body_bytes_.size(); }

 private:
  // Moves on to the first body that lacks bytes.
  void SkipComplete();

  Plan& plan_;
  std::vector<std::vector<uint64_t>> body_bytes_;  // as announced
  size_t set_ = 0;
  size_t body_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WIRE_PAYLOAD_ASSEMBLER_H_
