// The recorder of one engine: takes records on the send path and hands them on
// in chunks. No lock and no allocation per record: a chunk of 4096 is filled,
// then swapped for an empty one under a lock (worker/recording/chunk_queue.h).
//
// Thread-compatible: owned by its engine. Borrows the queue.
#ifndef INVOCATOR_WORKER_RECORDING_RECORDER_H_
#define INVOCATOR_WORKER_RECORDING_RECORDER_H_

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "common/result/record.h"
#include "worker/recording/chunk_queue.h"

namespace invocator {

class Recorder {
 public:
  explicit Recorder(ChunkQueue& queue)
      : queue_(queue), chunk_(queue.TakeEmpty()) {}

  void Add(const Record& record) {
    chunk_->records.push_back(record);
    if (chunk_->records.size() == Chunk::kRecords) Flush();
  }

  void AddDropped(const DroppedCall& call) { chunk_->dropped.push_back(call); }

  void AddFailures(std::vector<FailureSample> failures) {
    std::move(failures.begin(), failures.end(),
              std::back_inserter(chunk_->failures));
  }

  // Hands over everything added since the last Flush.
  void Flush() {
    if (chunk_->records.empty() && chunk_->dropped.empty() &&
        chunk_->failures.empty()) {
      return;
    }
    queue_.Push(std::exchange(chunk_, queue_.TakeEmpty()));
  }

 private:
  ChunkQueue& queue_;
  std::unique_ptr<Chunk> chunk_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_RECORDING_RECORDER_H_
