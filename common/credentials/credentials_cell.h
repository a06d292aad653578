// Credentials in use, handed from the renewing thread to the signing threads.
//
// Thread-safe. TakeNew never waits: it checks a counter, and copies only if the
// counter has moved and the lock is free.
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

  // Also returns their generation, which counts from 1. May wait for the lock.
  Credentials Get(uint64_t& generation) const {
    const std::lock_guard lock(mutex_);
    generation = generation_.load(std::memory_order_relaxed);
    return credentials_;
  }

  // Credentials of another generation than `generation`, which is updated.
  // Nullopt if `generation` is current, or if another thread holds the lock:
  // then ask again.
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
