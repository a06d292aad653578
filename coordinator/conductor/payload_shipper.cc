#include "coordinator/conductor/payload_shipper.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "common/wire/protocol.h"

namespace invocator {
namespace {

constexpr size_t kBytesOfOne = 4 << 20;
// What a chunk costs beside its data, about.
constexpr size_t kOverheadBytes = 128;
// They may share one slow link, on which chunks go side by side.
constexpr int64_t kPatienceNs = 60'000'000'000;

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
    const size_t cost = piece.size() + kOverheadBytes;
    to.waiting.push_back(cost);
    to.waiting_bytes += cost;
    waiting_bytes_ += cost;
    fleet_.Send(to.session, std::move(message));
    return true;
  }
  return false;
}

void PayloadShipper::AddReceiver(size_t session, size_t waiting_bytes,
                                 int64_t now_ns) {
  Receiver& receiver = receivers_.emplace_back();
  receiver.session = session;
  if (receivers_.size() == 1) took_ns_ = now_ns;
  receiver.waiting.push_back(waiting_bytes);
  receiver.waiting_bytes = waiting_bytes;
  waiting_bytes_ += waiting_bytes;
}

void PayloadShipper::Settle(Receiver& receiver, int64_t now_ns) {
  const size_t backlog = fleet_.Backlog(receiver.session);
  if (receiver.waiting.empty() || receiver.waiting.size() > backlog) {
    took_ns_ = now_ns;
  }
  while (receiver.waiting.size() > backlog) {
    receiver.waiting_bytes -= receiver.waiting.front();
    waiting_bytes_ -= receiver.waiting.front();
    receiver.waiting.pop_front();
  }
}

void PayloadShipper::Pump(int64_t now_ns) {
  const size_t count = receivers_.size();
  std::vector<bool> served(count, false);
  for (Receiver& receiver : receivers_) Settle(receiver, now_ns);
  for (size_t i = 0; i < count; ++i) {
    const size_t at = (next_ + i) % count;
    Receiver& receiver = receivers_[at];
    while (!served[at] && receiver.waiting_bytes < kBytesOfOne &&
           waiting_bytes_ < kBytesOfAll) {
      if (SendNext(receiver)) continue;
      // All is on its way; what waits is still counted.
      served[at] = receiver.waiting.empty();
      break;
    }
    if (waiting_bytes_ >= kBytesOfAll) {
      next_ = at + 1;
      break;
    }
  }
  for (size_t at = count; at-- > 0;) {
    if (!served[at]) continue;
    waiting_bytes_ -= receivers_[at].waiting_bytes;
    receivers_.erase(receivers_.begin() + static_cast<ptrdiff_t>(at));
  }
}

std::vector<size_t> PayloadShipper::TakeStalled(int64_t now_ns) {
  std::vector<size_t> stalled;
  if (has_room() || now_ns - took_ns_ < kPatienceNs) return stalled;
  for (const Receiver& receiver : receivers_) {
    stalled.push_back(receiver.session);
  }
  receivers_.clear();
  waiting_bytes_ = 0;
  next_ = 0;
  return stalled;
}

}  // namespace invocator
