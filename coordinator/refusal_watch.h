// Watches the first invocations of a run: when all of them were refused with an
// authentication error, so will be the rest. Pure; thread-compatible.
#ifndef INVOCATOR_COORDINATOR_REFUSAL_WATCH_H_
#define INVOCATOR_COORDINATOR_REFUSAL_WATCH_H_

#include <cstdint>

namespace invocator {

class RefusalWatch {
 public:
  // So many are looked at, or more if they are told of together.
  static constexpr uint64_t kFirst = 50;

  // One that is off never trips.
  explicit RefusalWatch(bool on) : decided_(!on) {}

  // Further invocations have ended; `refused` of them with auth_error. True if
  // with these it has become clear that the run is refused.
  bool Add(uint64_t ended, uint64_t refused) {
    if (decided_) return false;
    ended_ += ended;
    if (refused == ended && ended_ < kFirst) return false;
    decided_ = true;
    tripped_ = refused == ended;
    return tripped_;
  }

  bool tripped() const { return tripped_; }
  // How many had been refused, and nothing else had happened.
  uint64_t refused() const { return ended_; }

 private:
  bool decided_;
  bool tripped_ = false;
  uint64_t ended_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REFUSAL_WATCH_H_
