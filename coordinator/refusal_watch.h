// Watches the first invocations of a run: when all of them were refused with an
// authentication error, so will be the rest.
//
// Workers report at different instants, and each of its own instances: one that
// is refused may be heard of before one that is not. So once enough were
// refused, every worker has to report again before anything is concluded; with
// one that does not, nothing ever is.
//
// Pure; thread-compatible.
#ifndef INVOCATOR_COORDINATOR_REFUSAL_WATCH_H_
#define INVOCATOR_COORDINATOR_REFUSAL_WATCH_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace invocator {

class RefusalWatch {
 public:
  // So many are looked at, or more if they are told of together.
  static constexpr uint64_t kFirst = 50;

  // One that is off never trips.
  RefusalWatch(bool on, size_t workers) : decided_(!on), heard_(workers) {}

  // A worker reports: further invocations have ended, perhaps none; `refused`
  // of them with auth_error. `of_all`: of every instance some have ended. True
  // if with these it has become clear that the run is refused.
  bool Add(size_t worker, uint64_t ended, uint64_t refused, bool of_all) {
    if (decided_) return false;
    const bool had_enough = ended_ >= kFirst;
    ended_ += ended;
    if (refused != ended) {
      decided_ = true;
      return false;
    }
    if (!had_enough || !of_all) return false;
    heard_[worker] = true;
    tripped_ = decided_ =
        std::find(heard_.begin(), heard_.end(), false) == heard_.end();
    return tripped_;
  }

  bool tripped() const { return tripped_; }
  // How many had been refused, and nothing else had happened.
  uint64_t refused() const { return ended_; }

 private:
  bool decided_;
  bool tripped_ = false;
  uint64_t ended_ = 0;
  std::vector<bool> heard_;  // by worker, since there were enough
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REFUSAL_WATCH_H_
