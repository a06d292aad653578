// The credentials in use, handed from the thread that renews them to those that
// sign with them.
//
// Thread-safe. A reader never waits: it looks at a counter, and copies only
// when that has moved and nobody is at it.
#ifndef INVOCATOR_COMMON_CREDENTIALS_CREDENTIALS_CELL_H_
#define INVOCATOR_COMMON_CREDENTIALS_CREDENTIALS_CELL_H_

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include "common/aws/credentials.h"

namespace invocator {

class CredentialsCell {
 public:
  explicit CredentialsCell(Credentials credentials)
      : credentials_(std::move(credentials)) {}

  void Set(Credentials credentials) {
    const std::lock_guard lock(mutex_);
    credentials_ = std::move(credentials);
    generation_.fetch_add(1, std::memory_order_relaxed);
  }

  // Counts what was set, from 1. May wait.
  Credentials Get(uint64_t& generation) const {
    const std::lock_guard lock(mutex_);
    generation = generation_.load(std::memory_order_relaxed);
    return credentials_;
  }

  // Those of another generation than `generation`, which becomes theirs;
  // nullopt if there are none or another thread is reading or setting them: to
  // be asked for again.
  std::optional<Credentials> TakeNew(uint64_t& generation) const {
    if (IsCurrent(generation)) return std::nullopt;
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock.owns_lock()) return std::nullopt;
    generation = generation_.load(std::memory_order_relaxed);
    return credentials_;
  }

  bool IsCurrent(uint64_t generation) const {
    return generation_.load(std::memory_order_relaxed) == generation;
  }

 private:
  mutable std::mutex mutex_;
  Credentials credentials_;
  std::atomic<uint64_t> generation_ = 1;  // written with the mutex held
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_CREDENTIALS_CREDENTIALS_CELL_H_
