// Queue of record chunks from the engines to the stream thread, which hands
// empty ones back. Thread-safe.
#ifndef INVOCATOR_WORKER_RECORDING_CHUNK_QUEUE_H_
#define INVOCATOR_WORKER_RECORDING_CHUNK_QUEUE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "common/result/failure_sample.h"
#include "common/result/record.h"

namespace invocator {

struct Chunk {
  static constexpr size_t kRecords = 4096;

  Chunk() { records.reserve(kRecords); }

  std::vector<Record> records;
  std::vector<DroppedCall> dropped;
  std::vector<FailureSample> failures;
};

class ChunkQueue {
 public:
  // `on_push` is called after every Push, on the pushing thread.
  explicit ChunkQueue(std::function<void()> on_push)
      : on_push_(std::move(on_push)) {
    full_.reserve(kKeptEmpty);
    empty_.reserve(kKeptEmpty);
  }

  std::unique_ptr<Chunk> TakeEmpty() {
    {
      const std::lock_guard lock(mutex_);
      if (!empty_.empty()) {
        std::unique_ptr<Chunk> chunk = std::move(empty_.back());
        empty_.pop_back();
        return chunk;
      }
    }
    return std::make_unique<Chunk>();
  }

  void Push(std::unique_ptr<Chunk> chunk) {
    {
      const std::lock_guard lock(mutex_);
      full_.push_back(std::move(chunk));
    }
    on_push_();
  }

  // Everything pushed so far, oldest first.
  std::vector<std::unique_ptr<Chunk>> TakeFull() {
    std::vector<std::unique_ptr<Chunk>> next;
    next.reserve(kKeptEmpty);  // here, so that Push need not
    const std::lock_guard lock(mutex_);
    return std::exchange(full_, std::move(next));
  }

  // Returns a chunk for reuse. Keeps a few, frees the others.
  void Recycle(std::unique_ptr<Chunk> chunk) {
    chunk->records.clear();
    chunk->dropped.clear();
    chunk->failures.clear();
    const std::lock_guard lock(mutex_);
    if (empty_.size() < kKeptEmpty) empty_.push_back(std::move(chunk));
  }

 private:
  static constexpr size_t kKeptEmpty = 16;

  const std::function<void()> on_push_;
  std::mutex mutex_;  // guards the members below
  std::vector<std::unique_ptr<Chunk>> full_;
  std::vector<std::unique_ptr<Chunk>> empty_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_RECORDING_CHUNK_QUEUE_H_
