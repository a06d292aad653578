// Adds shares to engines that are under way: runs their arrivals up to where
// they begin, which may take a while, on a thread of its own.
//
// Used by one thread. Borrows the plan and what `add` borrows.
#ifndef INVOCATOR_WORKER_EXTENDER_H_
#define INVOCATOR_WORKER_EXTENDER_H_

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "common/plan.h"
#include "common/share.h"
#include "worker/schedule.h"

namespace invocator {

class Extender {
 public:
  // Hands lines to the engine of that number; false if it has ended.
  using Add = std::function<bool(size_t engine, std::vector<Schedule::Line>)>;

  Extender(const Plan& plan, size_t engines, Add add);
  // What was not begun is left.
  ~Extender();

  // Of these shares, what is scheduled at `from_ns` or later. Returns at once.
  void Extend(const std::vector<Share>& shares, int64_t from_ns);

  // Calls `then`, on whatever thread, when everything that was to be added so
  // far has been. Not at all once the engines have ended.
  void AfterAll(std::function<void()> then);

  // The engines have ended: leaves what is still to be done. Returns how many
  // were taken by every engine.
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
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<Task> tasks_;  // the first is under way
  uint64_t taken_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;  // once there is something to do
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_EXTENDER_H_
