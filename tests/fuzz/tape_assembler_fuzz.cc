// Any timestamps that a coordinator may send, after any announcement of them:
// refused, or the tapes of an assignment, each of as many instants as were
// announced, in order and within its instance's duration.
//
// The first message is the assignment.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "common/arrivals/instant_tape.h"
#include "common/wire/plan_codec.h"
#include "common/wire/tape_assembler.h"
#include "proto/fleet.pb.h"
#include "tests/fuzz/message_list.h"

namespace invocator {
namespace {

void CheckTape(const ArrivalSpec& spec, const wire::Tape& announced) {
  uint64_t instants = 0;
  int64_t previous_ns = 0;
  TapeReader reader(spec.tape);
  while (const auto instant_ns = reader.Next()) {
    if (*instant_ns < previous_ns) std::abort();
    previous_ns = *instant_ns;
    ++instants;
  }
  if (instants > 0 && previous_ns >= std::llround(spec.duration_s * 1e9)) {
    std::abort();
  }
  if (instants != announced.instants()) std::abort();
  if (spec.tape->bytes() != announced.bytes()) std::abort();
}

}  // namespace
}  // namespace invocator

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace invocator;
  const auto messages = ReadMessages<wire::CoordinatorMessage>(data, size);
  if (messages.empty()) return 0;
  const wire::Assignment& announced = messages[0].assignment();
  absl::StatusOr<Plan> plan = FromWire(announced.plan());
  if (!plan.ok()) return 0;
  absl::StatusOr<TapeAssembler> assembler =
      TapeAssembler::Create(announced, *plan, "");
  if (!assembler.ok()) return 0;
  for (size_t i = 1; i < messages.size(); ++i) {
    const wire::TapeChunk& chunk = messages[i].tape_chunk();
    const bool was_complete = assembler->complete();
    const absl::Status status =
        assembler->Append(chunk.instance(), chunk.data());
    if (was_complete && status.ok()) std::abort();
    if (!status.ok()) break;
  }
  for (size_t i = 0; i < plan->instances.size(); ++i) {
    const ArrivalSpec& spec = plan->instances[i].arrivals;
    if (spec.tape == nullptr) continue;
    if (!assembler->Check({i, 0, 1}).ok()) std::abort();
    const auto& message = announced.plan().instances(static_cast<int>(i));
    CheckTape(spec, message.arrivals().tape());
  }
  return 0;
}
