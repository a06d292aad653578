#include "worker/engine/extender.h"

#include <pthread.h>

#include <system_error>
#include <utility>

#include "common/plan/partition.h"
#include "common/process/log.h"

namespace invocator {

Extender::Extender(const Plan& plan, size_t engines, Add add)
    : plan_(plan), engines_(engines), add_(std::move(add)) {}

Extender::~Extender() { Finish(); }

void Extender::Extend(const std::vector<Share>& shares, int64_t from_ns) {
  const std::lock_guard lock(mutex_);
  tasks_.push_back({.shares = shares, .from_ns = from_ns});
  changed_.notify_all();
  if (thread_.joinable()) return;
  try {
    thread_ = std::thread([this] { Work(); });
  } catch (const std::system_error& error) {
    // Not counted as taken, it is unsent; another Extend may have more luck.
    Log().error("no thread to extend the schedule: {}", error.code().message());
    return;
  }
  pthread_setname_np(thread_.native_handle(), "extender");
}

void Extender::AfterAll(std::function<void()> then) {
  {
    const std::lock_guard lock(mutex_);
    if (thread_.joinable()) {
      tasks_.push_back({.shares = {}, .then = std::move(then)});
      changed_.notify_all();
      return;
    }
  }
  then();
}

uint64_t Extender::Finish() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  return taken_;
}

void Extender::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stop_ || !tasks_.empty(); });
    if (stop_) return;
    const Task task = tasks_.front();
    lock.unlock();
    if (task.then) task.then();
    const bool taken = !task.then && Take(task);
    lock.lock();
    if (taken) ++taken_;
    tasks_.pop_front();
  }
}

bool Extender::Take(const Task& task) {
  const auto parts = PartitionShares(plan_, task.shares, engines_);
  bool taken = true;
  for (size_t engine = 0; engine < engines_; ++engine) {
    taken &= add_(
        engine, Schedule::LinesFrom(plan_, parts[engine], task.from_ns, stop_));
  }
  return taken;
}

}  // namespace invocator
