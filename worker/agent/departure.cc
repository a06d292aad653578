#include "worker/agent/departure.h"

#include <utility>

namespace invocator {

Departure::Wish Departure::Heed() {
  const int requests = requests_.load();
  if (std::exchange(heeded_, requests) == requests) return Wish::kNone;
  return requests == 1 ? Wish::kLeave : Wish::kEnd;
}

void Departure::Leave(int64_t from_ns, uint64_t extends) {
  if (leave_) return;
  leave_.emplace();
  leave_->set_from_ns(from_ns);
  leave_->set_extends(extends);
}

wire::WorkerMessage Departure::Message() const {
  wire::WorkerMessage message;
  *message.mutable_leave() = *leave_;
  return message;
}

}  // namespace invocator
