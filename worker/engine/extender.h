// Adds shares to running engines. A separate thread skips the arrivals before
// the addition's start, which may take a while.
//
// Belongs to one thread. Borrows the plan and whatever `add` borrows.
#ifndef INVOCATOR_WORKER_ENGINE_EXTENDER_H_
#define INVOCATOR_WORKER_ENGINE_EXTENDER_H_

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "common/plan/plan.h"
#include "common/plan/share.h"
#include "worker/engine/schedule.h"

namespace invocator {

class Extender {
 public:
  // Passes lines to an engine, by number; false if it has ended.
  using Add = std::function<bool(size_t engine, std::vector<Schedule::Line>)>;

  Extender(const Plan& plan, size_t engines, Add add);
  // Drops additions not yet begun.
  ~Extender();

  // Adds the calls of these shares scheduled at `from_ns` or later. Does not
  // block.
  void Extend(const std::vector<Share>& shares, int64_t from_ns);

  // Calls `then`, on any thread, after all additions made so far; never after
  // the engines have ended.
  void AfterAll(std::function<void()> then);

  // Call when the engines have ended. Drops the rest; returns the number of
  // additions that every engine took.
  uint64_t Finish();

 private:
  struct Task {
    std::vector<Share> shares;
    int64_t from_ns = 0;
    std::function<void()> then = nullptr;  // in place of shares
  };

  void Work();
  // False if an engine has ended.
  bool Take(const Task& task);

  const Plan& plan_;
  const size_t engines_;
  const Add add_;
  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  std::deque<Task> tasks_;  // the first is under way
  uint64_t taken_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;  // started by the first task
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_ENGINE_EXTENDER_H_
