// A queue of byte strings that keeps a bounded part in memory and the rest in a
// temporary file, which has no name and disappears with the process.
//
// Thread-compatible.
#ifndef INVOCATOR_WORKER_RECORDING_SPILL_QUEUE_H_
#define INVOCATOR_WORKER_RECORDING_SPILL_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/temporary_file.h"

namespace invocator {

class SpillQueue {
 public:
  // `folder`: directory of the file, which is made when first needed; empty:
  // TemporaryFile's.
  SpillQueue(size_t memory_bytes, std::string folder)
      : memory_bytes_(memory_bytes), folder_(std::move(folder)) {}

  // Appends the item. If neither memory nor the file has room, returns the
  // reason and leaves the queue unchanged.
  absl::Status Push(std::string item);

  // Takes the first item. REQUIRES: !empty(). An error if the file cannot be
  // read back: its items are lost, and the queue is empty.
  absl::StatusOr<std::string> Pop();

  bool empty() const { return memory_.empty() && in_file_ == 0; }
  size_t size() const { return memory_.size() + in_file_; }
  // True if the file holds items.
  bool spilled() const { return in_file_ > 0; }

 private:
  absl::Status Append(const std::string& item);
  absl::StatusOr<std::string> ReadNext();

  const size_t memory_bytes_;
  const std::string folder_;
  std::deque<std::string> memory_;  // before those in the file
  size_t held_bytes_ = 0;           // of memory_
  // Format of an item: its size in 8 bytes, then its bytes.
  std::optional<TemporaryFile> file_;
  size_t in_file_ = 0;
  uint64_t read_at_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_RECORDING_SPILL_QUEUE_H_
