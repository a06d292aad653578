#include "worker/transport/connect_line.h"

#include <algorithm>
#include <utility>

namespace invocator {
namespace {

// In one turn, between two looks at the schedule.
constexpr int kOpensPerTurn = 2;

}  // namespace

void ConnectLine::BeginTurn() { left_ = kOpensPerTurn; }

void ConnectLine::Add(Call& call, int64_t now_ns) {
  OriginPool& origin = *call.pool;
  if (left_ > 0 && origin.waiting.empty()) {
    Begin(call, now_ns);
    return;
  }
  call.waits = true;
  origin.waiting.push_back(&call);
  if (!std::exchange(origin.hungry, true)) hungry_.push_back(&origin);
}

void ConnectLine::Begin(Call& call, int64_t now_ns) {
  --left_;
  pool_.TakePlace();
  call.attempt = opener_->Begin(call.pool->origin, &call, now_ns);
}

Call* ConnectLine::Take(OriginPool& origin) {
  if (origin.waiting.empty()) return nullptr;
  Call* const call = origin.waiting.front();
  origin.waiting.pop_front();
  call->waits = false;
  return call;
}

void ConnectLine::PutBack(Call& call) {
  call.waits = true;
  call.pool->waiting.push_front(&call);
}

TransportFailure ConnectLine::WhyLate(const Call& call) const {
  if (call.attempt != nullptr) return opener_->WhyLate(*call.attempt);
  return {Reason::kConnectTimeout, "still waiting for a turn to connect"};
}

void ConnectLine::Remove(Call& call) {
  if (call.waits) {
    std::deque<Call*>& waiting = call.pool->waiting;
    waiting.erase(std::find(waiting.begin(), waiting.end(), &call));
  } else if (call.attempt != nullptr) {
    opener_->Cancel(call.attempt);
    pool_.LeavePlace();
  }
}

bool ConnectLine::EndTurn(int64_t now_ns, OnOpened on_opened) {
  const bool any_to_do = stirred() || now_ns >= due_ns();
  // Origins take turns: one with many calls must not hold up the others.
  while (left_ > 0 && !hungry_.empty()) {
    OriginPool& origin = *hungry_.front();
    hungry_.pop_front();
    if (Call* call = Take(origin)) {
      call->record.sent_ns = now_ns;  // until now it was ours to send
      Begin(*call, now_ns);
    }
    origin.hungry = !origin.waiting.empty();
    if (origin.hungry) hungry_.push_back(&origin);
  }
  opener_->Turn(now_ns,
                [&](void* owner, int fd, const TransportFailure& failure) {
                  Call& call = *static_cast<Call*>(owner);
                  call.attempt = nullptr;
                  if (fd < 0) pool_.LeavePlace();
                  on_opened(call, fd, failure);
                });
  return any_to_do;
}

}  // namespace invocator
