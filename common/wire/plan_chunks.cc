#include "common/wire/plan_chunks.h"

#include <algorithm>
#include <string>

#include "absl/strings/string_view.h"
#include "common/arrivals/instant_tape.h"
#include "common/wire/protocol.h"
#include "proto/fleet.pb.h"

namespace invocator {

absl::StatusOr<std::optional<wire::CoordinatorMessage>> PlanChunks::Next() {
  wire::CoordinatorMessage message;
  for (; set_ < plan_->payload_sets.size(); ++set_, body_ = 0) {
    const PayloadSet& bodies = plan_->payload_sets[set_];
    for (; body_ < bodies.size(); ++body_, offset_ = 0) {
      const absl::string_view piece =
          absl::string_view(bodies[body_]).substr(offset_, kPayloadChunkBytes);
      if (piece.empty()) continue;
      offset_ += piece.size();
      wire::PayloadChunk& chunk = *message.mutable_payload_chunk();
      chunk.set_payload_set(static_cast<uint32_t>(set_));
      chunk.set_body(static_cast<uint32_t>(body_));
      chunk.set_data(std::string(piece));
      return message;
    }
  }
  for (; tape_ < tapes_.size(); ++tape_, offset_ = 0) {
    const auto& tape = plan_->instances[tapes_[tape_]].arrivals.tape;
    const uint64_t left = tape == nullptr ? 0 : tape->bytes() - offset_;
    if (left == 0) continue;
    std::string data(std::min<uint64_t>(left, kPayloadChunkBytes), '\0');
    const absl::StatusOr<size_t> size =
        tape->Read(offset_, data.data(), data.size());
    if (!size.ok()) return size.status();
    offset_ += data.size();
    wire::TapeChunk& chunk = *message.mutable_tape_chunk();
    chunk.set_instance(tapes_[tape_]);
    chunk.set_data(std::move(data));
    return message;
  }
  return std::nullopt;
}

}  // namespace invocator
