// The way out of a run for a worker that is asked to end: counts the requests,
// and keeps what the coordinator is told of the leave, as often as it must be
// told. Pure.
//
// Requests may be added by any thread; used by the stream thread.
#ifndef INVOCATOR_WORKER_DEPARTURE_H_
#define INVOCATOR_WORKER_DEPARTURE_H_

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

  // How often the worker was asked.
  explicit Departure(const std::atomic<int>& requests) : requests_(requests) {}

  bool requested() const { return requests_.load() > 0; }
  // What was asked for since the last call.
  Wish Heed();

  // It leaves at `from_ns`, since the run's start, having taken so many
  // Extends. Only the first call counts.
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

#endif  // INVOCATOR_WORKER_DEPARTURE_H_
