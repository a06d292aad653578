// Wakes one thread that waits for several kinds of events; any thread may ring.
// A ring is never lost, and many count as one. Thread-safe.
#ifndef INVOCATOR_WORKER_AGENT_BELL_H_
#define INVOCATOR_WORKER_AGENT_BELL_H_

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace invocator {

class Bell {
 public:
  void Ring() {
    const std::lock_guard lock(mutex_);
    rung_ = true;
    ring_.notify_one();
  }

  // Waits until a ring since the last call, or until the deadline.
  void WaitUntil(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    ring_.wait_until(lock, deadline, [this] { return rung_; });
    rung_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable ring_;
  bool rung_ = false;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_AGENT_BELL_H_
