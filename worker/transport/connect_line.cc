#include "worker/transport/connect_line.h"

#include <utility>

namespace invocator {
namespace {

// In one turn, between two looks at the schedule.
constexpr int kOpensPerTurn = 2;

}  // namespace

void ConnectLine::BeginTurn() { left_ = kOpensPerTurn; }

void ConnectLine::Add(Call& call, int64_t now_ns) {
  OriginPool& origin = *call.pool;
  if (left_ > 0 && origin.waiting.empty() && MayOpen(origin)) {
    Begin(call, now_ns);
    return;
  }
  origin.waiting.PushBack(call);
  QueueIfWaiting(origin);
}

bool ConnectLine::AddAtOnce(Call& call, int64_t now_ns) {
  if (left_ == 0) return false;
  Begin(call, now_ns);
  return true;
}

void ConnectLine::QueueIfWaiting(OriginPool& origin) {
  if (origin.waiting.empty() || !MayOpen(origin)) return;
  if (!std::exchange(origin.in_turn, true)) origins_in_turn_.push_back(&origin);
}

void ConnectLine::Begin(Call& call, int64_t now_ns) {
  --left_;
  pool_.TakePlace(*call.pool);
  call.attempt = opener_->Begin(call.pool->origin, &call, now_ns);
}

Call* ConnectLine::Take(OriginPool& origin) {
  Call* const call = origin.waiting.first();
  if (call != nullptr) origin.waiting.Remove(*call);
  return call;
}

void ConnectLine::PutBack(Call& call) { call.pool->waiting.PushFront(call); }

TransportFailure ConnectLine::WhyLate(const Call& call) const {
  if (call.attempt != nullptr) return opener_->WhyLate(*call.attempt);
  if (call.pool->http2) {
    if (call.pool->streaming > 0) {
      return {Reason::kSendTimeout, "still waiting for a free stream"};
    }
    if (call.pool->tls_began) return LateHandshake();
    return {Reason::kConnectTimeout,
            "still waiting for the connection that another call opens"};
  }
  return {Reason::kConnectTimeout, "still waiting for a turn to connect"};
}

void ConnectLine::Remove(Call& call) {
  if (call.waits) {
    call.pool->waiting.Remove(call);
  } else if (call.attempt != nullptr) {
    opener_->Cancel(call.attempt);
    pool_.LeavePlace(*call.pool);
    QueueIfWaiting(*call.pool);
  }
}

bool ConnectLine::EndTurn(int64_t now_ns, OnOpened on_opened) {
  const bool any_to_do = has_work() || now_ns >= due_ns();
  // Origins take turns: one with many calls must not hold up the others.
  while (left_ > 0 && !origins_in_turn_.empty()) {
    OriginPool& origin = *origins_in_turn_.front();
    origins_in_turn_.pop_front();
    origin.in_turn = false;
    if (!MayOpen(origin)) continue;  // QueueIfWaiting will come
    if (Call* call = Take(origin)) {
      // Until now it was ours to send; with HTTP/2 it waited for the server.
      if (!origin.http2) call->record.sent_ns = now_ns;
      Begin(*call, now_ns);
    }
    QueueIfWaiting(origin);
  }
  opener_->Turn(now_ns,
                [&](void* owner, int fd, const TransportFailure& failure) {
                  Call& call = *static_cast<Call*>(owner);
                  call.attempt = nullptr;
                  OriginPool& origin = *call.pool;
                  if (fd < 0) pool_.LeavePlace(origin);
                  on_opened(call, fd, failure);
                  if (fd < 0) QueueIfWaiting(origin);
                });
  return any_to_do;
}

}  // namespace invocator
