// Assembles a plan's bodies from the chunks that follow it: in order, and no
// byte more than announced.
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
  // REQUIRES: `plan` is the result of FromWire(announced).
  PayloadAssembler(const wire::Plan& announced, Plan& plan);

  // INVALID_ARGUMENT, with the plan unchanged, for an empty or too large chunk,
  // for one of another body than the first incomplete one, and for more bytes
  // than that body lacks.
  absl::Status Append(uint32_t payload_set, uint32_t body,
                      absl::string_view bytes);

  // True if every body is complete.
  bool complete() const { return set_ == body_bytes_.size(); }

 private:
  // Moves on to the first incomplete body.
  void SkipComplete();

  Plan& plan_;
  std::vector<std::vector<uint64_t>> body_bytes_;  // as announced
  size_t set_ = 0;
  size_t body_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WIRE_PAYLOAD_ASSEMBLER_H_
