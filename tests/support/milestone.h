// How far a test has come, for what waits until it has come that far: at most
// kDeadline. Thread-safe.
#ifndef INVOCATOR_TESTS_SUPPORT_MILESTONE_H_
#define INVOCATOR_TESTS_SUPPORT_MILESTONE_H_

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace invocator {

class Milestone {
 public:
  static constexpr std::chrono::seconds kDeadline{10};

  void Reach(int milestone) {
    const std::lock_guard lock(mutex_);
    reached_ = milestone;
    changed_.notify_all();
  }
  // False after the deadline.
  bool Await(int milestone) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kDeadline,
                             [&] { return reached_ >= milestone; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int reached_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_MILESTONE_H_
