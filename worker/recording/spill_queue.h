// A queue of byte strings that keeps a bounded part in memory and the rest in a
// temporary file, which no name in a folder leads to and which is gone with the
// process.
//
// Thread-compatible.
#ifndef INVOCATOR_WORKER_RECORDING_SPILL_QUEUE_H_
#define INVOCATOR_WORKER_RECORDING_SPILL_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace invocator {

class SpillQueue {
 public:
  // `folder`: where the file is made, once it is needed.
  SpillQueue(size_t memory_bytes, std::string folder)
      : memory_bytes_(memory_bytes), folder_(std::move(folder)) {}
  ~SpillQueue();
  SpillQueue(const SpillQueue&) = delete;
  SpillQueue& operator=(const SpillQueue&) = delete;

  // Adds it behind the others. If there is no room, neither in memory nor in
  // the file, it says why and the queue is as before.
  absl::Status Push(std::string item);

  // Takes the first. REQUIRES: !empty(). An error: the file cannot be read
  // again; what it held is lost, and the queue is empty.
  absl::StatusOr<std::string> Pop();

  bool empty() const { return memory_.empty() && in_file_ == 0; }
  size_t size() const { return memory_.size() + in_file_; }
  // Something is in the file.
  bool spilled() const { return in_file_ > 0; }

 private:
  absl::Status Append(const std::string& item);
  absl::StatusOr<std::string> ReadNext();
  // Closes the file; the next spilled item makes a new one.
  void CloseFile();

  const size_t memory_bytes_;
  const std::string folder_;
  std::deque<std::string> memory_;  // before those in the file
  size_t held_bytes_ = 0;           // of memory_
  int fd_ = -1;
  size_t in_file_ = 0;
  // Each item is its size, 8 bytes, and its bytes.
  int64_t read_at_ = 0;
  int64_t write_at_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_RECORDING_SPILL_QUEUE_H_
