// Wakes the one thread that waits for several things: whoever has something for
// it rings. A ring is never lost, and many are as good as one. Thread-safe.
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

  // Until it has been rung since the last call, or the deadline.
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
