// Timeouts of calls in flight. Calls with the same timeout expire in the order
// they began, so a list per distinct timeout needs no sorting: adding and
// removing a call costs a few pointers, however many are in flight.
//
// Units: nanoseconds since the run's start. Pure. Thread-compatible. Borrows
// the items, which must be removed before they are destroyed.
#ifndef INVOCATOR_WORKER_TRANSPORT_TIMEOUT_QUEUES_H_
#define INVOCATOR_WORKER_TRANSPORT_TIMEOUT_QUEUES_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace invocator {

class TimeoutQueues {
 public:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

  // Base of everything that can time out.
  struct Item {
    Item* previous = nullptr;
    Item* next = nullptr;
    int64_t deadline_ns = 0;
    size_t queue = 0;
  };

  // The queue of that timeout, for Add. Made at first use.
  size_t QueueFor(int64_t timeout_ns) {
    for (size_t i = 0; i < queues_.size(); ++i) {
      if (queues_[i].timeout_ns == timeout_ns) return i;
    }
    queues_.push_back({timeout_ns});
    return queues_.size() - 1;
  }

  // `now_ns` never goes back from one call to the next.
  void Add(size_t queue, int64_t now_ns, Item& item) {
    Queue& to = queues_[queue];
    item.queue = queue;
    item.deadline_ns = to.timeout_ns > kNever - std::max<int64_t>(now_ns, 0)
                           ? kNever
                           : now_ns + to.timeout_ns;
    item.previous = to.last;
    item.next = nullptr;
    (to.last == nullptr ? to.first : to.last->next) = &item;
    to.last = &item;
    soonest_ns_ = std::min(soonest_ns_, item.deadline_ns);
  }

  void Remove(Item& item) {
    Queue& from = queues_[item.queue];
    (item.previous == nullptr ? from.first : item.previous->next) = item.next;
    (item.next == nullptr ? from.last : item.next->previous) = item.previous;
  }

  // Nothing expires before this instant; it may be earlier than the first
  // deadline, since Remove does not look for the next.
  int64_t NotBeforeNs() const { return soonest_ns_; }

  // An item whose deadline has passed, still in its queue; null if none.
  // Looks through the queues only when NotBeforeNs has passed.
  Item* Expired(int64_t now_ns) {
    if (now_ns < soonest_ns_) return nullptr;
    soonest_ns_ = kNever;
    for (const Queue& queue : queues_) {
      if (queue.first == nullptr) continue;
      soonest_ns_ = std::min(soonest_ns_, queue.first->deadline_ns);
      if (queue.first->deadline_ns <= now_ns) return queue.first;
    }
    return nullptr;
  }

 private:
  struct Queue {
    int64_t timeout_ns;
    Item* first = nullptr;
    Item* last = nullptr;
  };

  std::vector<Queue> queues_;
  int64_t soonest_ns_ = kNever;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_TRANSPORT_TIMEOUT_QUEUES_H_
