// A long sequence of instants, in order, delta-coded in a temporary file:
// memory does not depend on the number of instants. The tapes of a plan share
// one file and hence one descriptor.
//
// Format: the difference to the previous instant (the first: to 0) in base-128
// varints, lowest bits first, of at most kMaxDeltaBytes.
// Units: nanoseconds since the run's start.
#ifndef INVOCATOR_COMMON_ARRIVALS_INSTANT_TAPE_H_
#define INVOCATOR_COMMON_ARRIVALS_INSTANT_TAPE_H_

#include <algorithm>
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
#include "common/base/temporary_file.h"

namespace invocator {

// Instants of all tapes of a plan.
inline constexpr uint64_t kMaxTapeInstants = 10'000'000;

// Finished, immutable. Thread-safe: every reader has a position of its own.
class InstantTape {
 public:
  uint64_t count() const { return count_; }
  uint64_t bytes() const { return bytes_; }
  int64_t last_ns() const { return last_ns_; }  // 0 if empty

  // Reads bytes at `offset`, as TapeWriter::Append takes them, into `buffer`.
  // Returns their number, which is less than `size` only at the end.
  absl::StatusOr<size_t> Read(uint64_t offset, char* buffer, size_t size) const;

 private:
  friend class TapeWriter;
  explicit InstantTape(std::shared_ptr<const TemporaryFile> file)
      : file_(std::move(file)), begin_(file_->size()) {}

  std::shared_ptr<const TemporaryFile> file_;
  uint64_t begin_;  // of its bytes in the file
  uint64_t count_ = 0;
  uint64_t bytes_ = 0;
  int64_t last_ns_ = 0;
};

// Writes a tape to the end of a file: one tape after the other, never two at a
// time. Errors of the file: its own (temporary_file.h). After an error the
// writer may only be destroyed. Thread-compatible.
class TapeWriter {
 public:
  static constexpr size_t kMaxDeltaBytes = 9;

  // `until_ns`: instants lie before it.
  TapeWriter(std::shared_ptr<TemporaryFile> file, int64_t until_ns);
  // Writes a lone tape, to a file in TemporaryFile's own folder.
  static absl::StatusOr<TapeWriter> Create(int64_t until_ns);

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
  absl::Status Flush();

  std::shared_ptr<TemporaryFile> file_;
  std::shared_ptr<InstantTape> tape_;
  int64_t until_ns_;
  std::string pending_;  // bytes not yet written
  uint64_t delta_ = 0;   // of the incomplete instant
  size_t delta_bytes_ = 0;
};

// Reads a tape from its beginning. Takes a system call every 16 KiB, which are
// 5,000 instants at 1,000 calls per second; the memory of the readers of many
// short tapes is that of the tapes. Thread-compatible.
class TapeReader {
 public:
  explicit TapeReader(std::shared_ptr<const InstantTape> tape)
      : tape_(std::move(tape)),
        piece_(std::min<uint64_t>(kPieceBytes, tape_->bytes())) {}

  // The next instant; nullopt after the last, and after a failed read, which
  // shows in the books as calls that were planned and not sent.
  std::optional<int64_t> Next();

 private:
  static constexpr size_t kPieceBytes = size_t{16} * 1024;

  std::shared_ptr<const InstantTape> tape_;
  std::vector<char> piece_;
  size_t size_ = 0;      // bytes in piece_
  size_t at_ = 0;        // of the next one
  uint64_t offset_ = 0;  // of the next piece
  int64_t instant_ns_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_ARRIVALS_INSTANT_TAPE_H_
