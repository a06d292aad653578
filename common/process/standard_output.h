// Writes results to standard output. Unlike stdio it keeps the reason of a
// write error, and waits when a non-blocking pipe is full.
//
// Thread-compatible. Not to be mixed with stdio's or iostream's own buffers.
#ifndef INVOCATOR_COMMON_PROCESS_STANDARD_OUTPUT_H_
#define INVOCATOR_COMMON_PROCESS_STANDARD_OUTPUT_H_

#include <array>
#include <ostream>
#include <streambuf>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace invocator {

class StandardOutput {
 public:
  // Tests use other descriptors than 1.
  explicit StandardOutput(int fd = 1) : buffer_(fd), stream_(&buffer_) {}
  // Destruction drops text that was not flushed.
  StandardOutput(const StandardOutput&) = delete;
  StandardOutput& operator=(const StandardOutput&) = delete;

  // The stream turns bad at the first write error.
  std::ostream& stream() { return stream_; }

  // Writes the buffer. Returns the first error ever, naming stdout.
  absl::Status Flush();

 private:
  class Buffer final : public std::streambuf {
   public:
    explicit Buffer(int fd);
    bool Flush();
    int error() const { return error_; }

   private:
    int overflow(int c) override;
    int sync() override { return Flush() ? 0 : -1; }

    const int fd_;
    int error_ = 0;  // an errno
    std::array<char, 65536> bytes_;
  };

  Buffer buffer_;
  std::ostream stream_;
};

// Writes one text; the error names stdout.
absl::Status WriteToStandardOutput(absl::string_view text);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PROCESS_STANDARD_OUTPUT_H_
