// A long sequence of instants, in order, delta-coded in a temporary file that
// has no name and disappears with the process: memory does not depend on the
// number of instants.
//
// Format: the difference to the previous instant (the first: to 0) in base-128
// varints, lowest bits first, of at most kMaxDeltaBytes.
// Units: nanoseconds since the run's start.
#ifndef INVOCATOR_COMMON_ARRIVALS_INSTANT_TAPE_H_
#define INVOCATOR_COMMON_ARRIVALS_INSTANT_TAPE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace invocator {

// Instants of all tapes of a plan.
inline constexpr uint64_t kMaxTapeInstants = 10'000'000;

// Finished, immutable. Thread-safe: every reader has a position of its own.
class InstantTape {
 public:
  ~InstantTape();
  InstantTape(const InstantTape&) = delete;
  InstantTape& operator=(const InstantTape&) = delete;

  uint64_t count() const { return count_; }
  uint64_t bytes() const { return bytes_; }
  int64_t last_ns() const { return last_ns_; }  // 0 if empty

  // Reads bytes at `offset`, as TapeWriter::Append takes them, into `buffer`.
  // Returns their number, which is less than `size` only at the end.
  absl::StatusOr<size_t> Read(uint64_t offset, char* buffer, size_t size) const;

 private:
  friend class TapeWriter;
  InstantTape() = default;

  int fd_ = -1;
  uint64_t count_ = 0;
  uint64_t bytes_ = 0;
  int64_t last_ns_ = 0;
};

// Writes a tape. Thread-compatible.
class TapeWriter {
 public:
  static constexpr size_t kMaxDeltaBytes = 9;

  // `until_ns`: instants lie before it. `folder`: of the temporary file; empty:
  // TMPDIR, else /tmp. Errors: the system's.
  static absl::StatusOr<TapeWriter> Create(int64_t until_ns,
                                           const std::string& folder = "");

  // REQUIRES: not before the previous instant, and before until_ns.
  absl::Status Add(int64_t instant_ns);
  // Adds instants as Read returns them; they may be cut anywhere.
  // INVALID_ARGUMENT for bytes that are no such instants.
  absl::Status Append(absl::string_view bytes);

  uint64_t count() const;
  uint64_t bytes() const;

  // INVALID_ARGUMENT if the last instant is incomplete.
  absl::StatusOr<std::shared_ptr<const InstantTape>> Finish() &&;

 private:
  TapeWriter() = default;
  absl::Status Flush();

  std::shared_ptr<InstantTape> tape_;
  int64_t until_ns_ = 0;
  std::string pending_;  // bytes not yet written
  uint64_t delta_ = 0;   // of the incomplete instant
  size_t delta_bytes_ = 0;
};

// Reads a tape from its beginning. Takes a system call every 64 KiB, which are
// 20,000 instants at 1,000 calls per second. Thread-compatible.
class TapeReader {
 public:
  explicit TapeReader(std::shared_ptr<const InstantTape> tape)
      : tape_(std::move(tape)), piece_(kPieceBytes) {}

  // The next instant; nullopt after the last, and after a failed read, which
  // shows in the books as calls that were planned and not sent.
  std::optional<int64_t> Next();

 private:
  static constexpr size_t kPieceBytes = size_t{64} * 1024;

  std::shared_ptr<const InstantTape> tape_;
  std::vector<char> piece_;
  size_t size_ = 0;      // bytes in piece_
  size_t at_ = 0;        // of the next one
  uint64_t offset_ = 0;  // of the next piece
  int64_t instant_ns_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_ARRIVALS_INSTANT_TAPE_H_
