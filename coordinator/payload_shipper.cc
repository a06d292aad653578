#include "coordinator/payload_shipper.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "common/protocol.h"

namespace invocator {
namespace {

constexpr size_t kChunksOfOne = 4;
constexpr size_t kChunksOfAll = 64;

}  // namespace

bool PayloadShipper::SendNext(Receiver& to) {
  while (to.set < plan_.payload_sets.size()) {
    const PayloadSet& bodies = plan_.payload_sets[to.set];
    if (to.body == bodies.size()) {
      ++to.set;
      to.body = 0;
      continue;
    }
    const absl::string_view piece = absl::string_view(bodies[to.body])
                                        .substr(to.offset, kPayloadChunkBytes);
    if (piece.empty()) {
      ++to.body;
      to.offset = 0;
      continue;
    }
    wire::CoordinatorMessage message;
    wire::PayloadChunk& chunk = *message.mutable_payload_chunk();
    chunk.set_payload_set(static_cast<uint32_t>(to.set));
    chunk.set_body(static_cast<uint32_t>(to.body));
    chunk.set_data(std::string(piece));
    to.offset += piece.size();
    fleet_.Send(to.session, std::move(message));
    return true;
  }
  return false;
}

void PayloadShipper::Pump() {
  size_t waiting = 0;
  for (const Receiver& receiver : receivers_) {
    waiting += fleet_.Backlog(receiver.session);
  }
  const size_t count = receivers_.size();
  std::vector<bool> served(count, false);
  for (size_t i = 0; i < count; ++i) {
    const size_t at = (next_ + i) % count;
    size_t backlog = fleet_.Backlog(receivers_[at].session);
    while (!served[at] && backlog < kChunksOfOne && waiting < kChunksOfAll) {
      served[at] = !SendNext(receivers_[at]);
      ++backlog;
      ++waiting;
    }
    if (waiting >= kChunksOfAll) {
      next_ = at + 1;
      break;
    }
  }
  for (size_t at = count; at-- > 0;) {
    if (served[at]) {
      receivers_.erase(receivers_.begin() + static_cast<ptrdiff_t>(at));
    }
  }
}

}  // namespace invocator
