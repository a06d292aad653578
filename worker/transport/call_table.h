// Table of the direct transport's calls in flight. Reuses the places of ended
// calls, so that a call allocates nothing.
//
// Units: see common/result/record.h. Thread-compatible: belongs to one engine.
// Owns the calls.
#ifndef INVOCATOR_WORKER_TRANSPORT_CALL_TABLE_H_
#define INVOCATOR_WORKER_TRANSPORT_CALL_TABLE_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "common/result/record.h"
#include "worker/exchange/prepared_request.h"
#include "worker/net/connection_opener.h"
#include "worker/transport/timeout_queues.h"

namespace invocator {

struct Http2Stream;
struct Link;
struct OriginPool;

// An invocation in flight; or a connection that is opened without one.
struct Call : TimeoutQueues::Item {
  Record record;
  PreparedRequest* request = nullptr;
  OriginPool* pool = nullptr;
  bool to_head = false;
  bool warms = false;  // opens a connection before the start
  bool spare = false;  // opens a connection in place of a lost one
  int refusals = 0;    // by servers that have not processed it
  int64_t signed_unix_s = 0;
  size_t in_flight_index = 0;  // of an invocation
  // Its current place: at most one of these.
  bool waits = false;  // in its pool's queue
  Call* waits_before = nullptr;
  Call* waits_after = nullptr;
  ConnectionOpener::Attempt* attempt = nullptr;
  Link* link = nullptr;
  Http2Stream* stream = nullptr;  // on that link, if it speaks HTTP/2
};

// Queue of calls, from which any may be removed. Borrows them.
class CallQueue {
 public:
  bool empty() const { return first_ == nullptr; }
  Call* first() const { return first_; }
  void PushBack(Call& call) { Insert(call, last_, nullptr); }
  void PushFront(Call& call) { Insert(call, nullptr, first_); }
  void Remove(Call& call) {
    (call.waits_before == nullptr ? first_ : call.waits_before->waits_after) =
        call.waits_after;
    (call.waits_after == nullptr ? last_ : call.waits_after->waits_before) =
        call.waits_before;
    call.waits = false;
  }

 private:
  void Insert(Call& call, Call* before, Call* after) {
    call.waits = true;
    call.waits_before = before;
    call.waits_after = after;
    (before == nullptr ? first_ : before->waits_after) = &call;
    (after == nullptr ? last_ : after->waits_before) = &call;
  }

  Call* first_ = nullptr;
  Call* last_ = nullptr;
};

class CallTable {
 public:
  // A call that counts as in flight until its End.
  Call& Begin() {
    Call& call = Take();
    call.in_flight_index = in_flight_.size();
    in_flight_.push_back(&call);
    return call;
  }
  void End(Call& call) {
    Call* const last = in_flight_.back();
    last->in_flight_index = call.in_flight_index;
    in_flight_[call.in_flight_index] = last;
    in_flight_.pop_back();
    PutBack(call);
  }
  // The latest call in flight; null if there are none.
  Call* last() const {
    return in_flight_.empty() ? nullptr : in_flight_.back();
  }

  // A call that does not count as in flight, until PutBack.
  Call& Take() {
    if (idle_.empty()) {
      calls_.push_back(std::make_unique<Call>());
      return *calls_.back();
    }
    Call* const call = idle_.back();
    idle_.pop_back();
    // In place: to assign would copy an empty record's bytes, too.
    std::destroy_at(call);
    return *std::construct_at(call);
  }
  void PutBack(Call& call) { idle_.push_back(&call); }

 private:
  std::vector<std::unique_ptr<Call>> calls_;
  std::vector<Call*> idle_;
  std::vector<Call*> in_flight_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_TRANSPORT_CALL_TABLE_H_
