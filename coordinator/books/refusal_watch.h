// Watches the first invocations of a run: when all of them were refused with an
// authentication error, so will be the rest.
//
// Workers report at different instants, and each of its own instances: one that
// is refused may be heard of before one that is not. So once enough were
// refused, every worker that still plays has to report again before anything is
// concluded.
//
// Pure; thread-compatible.
#ifndef INVOCATOR_COORDINATOR_BOOKS_REFUSAL_WATCH_H_
#define INVOCATOR_COORDINATOR_BOOKS_REFUSAL_WATCH_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"

namespace invocator {

class RefusalWatch {
 public:
  // So many are looked at, or more if they are told of together.
  static constexpr uint64_t kFirst = 50;

  // One that is off never trips.
  RefusalWatch(bool on, size_t workers) : settled_(!on), heard_(workers) {}

  // A worker reports: further invocations have ended, perhaps none; `refused`
  // of them with auth_error. `of_all`: of every instance some have ended.
  void Add(size_t worker, uint64_t ended, uint64_t refused, bool of_all) {
    if (settled_) return;
    const bool had_enough = ended_ >= kFirst;
    ended_ += ended;
    if (refused != ended) settled_ = true;
    heard_[worker] = heard_[worker] || (had_enough && of_all);
  }

  // True, once, when it has become clear that the run is refused. `silent`:
  // whether nothing need be waited for of a worker, which is lost or has ended.
  bool Trip(absl::FunctionRef<bool(size_t)> silent) {
    if (settled_) return false;
    bool any = false;
    for (size_t worker = 0; worker < heard_.size(); ++worker) {
      if (!heard_[worker] && !silent(worker)) return false;
      any = any || heard_[worker];
    }
    tripped_ = settled_ = any;
    return tripped_;
  }

  bool tripped() const { return tripped_; }
  // How many had been refused, and nothing else had happened.
  uint64_t refused() const { return ended_; }

 private:
  bool settled_;  // nothing more can change what is said of the run
  bool tripped_ = false;
  uint64_t ended_ = 0;
  std::vector<bool> heard_;  // by worker, since there were enough
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_BOOKS_REFUSAL_WATCH_H_
