// Tracks the departure of a worker that is asked to end: counts the requests,
// and keeps its Leave, which may have to be sent again. Pure.
//
// Requests may be added by any thread; used by the stream thread.
#ifndef INVOCATOR_WORKER_AGENT_DEPARTURE_H_
#define INVOCATOR_WORKER_AGENT_DEPARTURE_H_

#include <atomic>
#include <cstdint>
#include <optional>

#include "proto/fleet.pb.h"

namespace invocator {

class Departure {
 public:
  enum class Wish {
    kNone,   // nothing new
    kLeave,  // the first request
    kEnd,    // another: to end at once
  };

  // Number of requests to end.
  explicit Departure(const std::atomic<int>& requests) : requests_(requests) {}

  bool requested() const { return requests_.load() > 0; }
  // The request since the last call.
  Wish Heed();

  // The worker leaves at `from_ns` since the run's start, after taking
  // `extends` Extends. Only the first call has an effect.
  void Leave(int64_t from_ns, uint64_t extends);
  bool leaving() const { return leave_.has_value(); }
  // REQUIRES: leaving()
  wire::WorkerMessage Message() const;

 private:
  const std::atomic<int>& requests_;
  int heeded_ = 0;
  std::optional<wire::Leave> leave_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_AGENT_DEPARTURE_H_
