#include "coordinator/conductor/plan_shipper.h"

#include <utility>

#include "proto/fleet.pb.h"

namespace invocator {
namespace {

constexpr size_t kBytesOfOne = 4 << 20;
// What a chunk costs beside its bytes, about.
constexpr size_t kOverheadBytes = 128;
// They may share one slow link, on which chunks go side by side.
constexpr int64_t kPatienceNs = 60'000'000'000;

}  // namespace

void PlanShipper::AddReceiver(size_t session, std::vector<uint32_t> tapes,
                              size_t waiting_bytes, int64_t now_ns) {
  Receiver& receiver = receivers_.emplace_back(
      Receiver{session, PlanChunks(plan_, std::move(tapes))});
  if (receivers_.size() == 1) took_ns_ = now_ns;
  AddWaiting(receiver, waiting_bytes);
}

void PlanShipper::AddWaiting(Receiver& receiver, size_t bytes) {
  receiver.waiting.push_back(bytes);
  receiver.waiting_bytes += bytes;
  waiting_bytes_ += bytes;
}

absl::StatusOr<bool> PlanShipper::SendNext(Receiver& to) {
  auto chunk = to.chunks.Next();
  if (!chunk.ok()) return chunk.status();
  if (!*chunk) return false;
  AddWaiting(to, (*chunk)->ByteSizeLong() + kOverheadBytes);
  fleet_.Send(to.session, **std::move(chunk));
  return true;
}

void PlanShipper::Settle(Receiver& receiver, int64_t now_ns) {
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

absl::Status PlanShipper::Pump(int64_t now_ns) {
  const size_t count = receivers_.size();
  std::vector<bool> served(count, false);
  for (Receiver& receiver : receivers_) Settle(receiver, now_ns);
  for (size_t i = 0; i < count; ++i) {
    const size_t at = (next_ + i) % count;
    Receiver& receiver = receivers_[at];
    while (!served[at] && receiver.waiting_bytes < kBytesOfOne &&
           waiting_bytes_ < kBytesOfAll) {
      const absl::StatusOr<bool> sent = SendNext(receiver);
      if (!sent.ok()) return sent.status();
      if (*sent) continue;
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
  return absl::OkStatus();
}

std::vector<size_t> PlanShipper::TakeStalled(int64_t now_ns) {
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
