// Watches the first invocations of a run: if all of them are refused with an
// authentication error, the rest will be, too.
//
// Workers report at different instants, each about its own instances: a refused
// instance may be reported before an accepted one. So once enough invocations
// were refused, every worker that still plays has to report again before the
// run counts as refused.
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
  // Number of invocations watched; more if they are reported together.
  static constexpr uint64_t kFirst = 50;

  // Never trips unless `on`.
  RefusalWatch(bool on, size_t workers) : settled_(!on), heard_(workers) {}

  // Adds a worker's report: `ended` further invocations, perhaps 0, of which
  // `refused` ended with auth_error. `of_all`: some of every instance have
  // ended.
  void Add(size_t worker, uint64_t ended, uint64_t refused, bool of_all) {
    if (settled_) return;
    const bool had_enough = ended_ >= kFirst;
    ended_ += ended;
    if (refused != ended) settled_ = true;
    heard_[worker] = heard_[worker] || (had_enough && of_all);
  }

  // True, once, when the run proves to be refused. `silent`: whether a worker
  // is lost or has ended, so that its report is not awaited.
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
  // Number of invocations refused; none ended otherwise. REQUIRES: tripped()
  uint64_t refused() const { return ended_; }

 private:
  bool settled_;  // the answer is final
  bool tripped_ = false;
  uint64_t ended_ = 0;
  std::vector<bool> heard_;  // by worker, since enough were refused
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_BOOKS_REFUSAL_WATCH_H_
