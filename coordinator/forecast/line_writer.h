// Formats the lines of a long CSV into a buffer: millions of lines a second,
// several times as many as a stream's operator<<.
//
// Thread-compatible. Borrows the stream, which must outlive it. Text that is
// not flushed is lost.
#ifndef INVOCATOR_COORDINATOR_FORECAST_LINE_WRITER_H_
#define INVOCATOR_COORDINATOR_FORECAST_LINE_WRITER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <ostream>

#include "absl/strings/string_view.h"

namespace invocator {

class LineWriter {
 public:
  explicit LineWriter(std::ostream& out) : out_(out) {}

  void Text(absl::string_view text);
  void Integer(uint64_t value);
  // Six decimals. REQUIRES: 0 <= value < 1e18
  void Decimal(double value);
  // Seconds with nine decimals. REQUIRES: ns >= 0
  void Time(int64_t ns);
  void Flush();

 private:
  // Makes room for `size` bytes. REQUIRES: at most the buffer's
  void Reserve(size_t size) {
    if (size_ + size > buffer_.size()) Flush();
  }

  std::ostream& out_;
  std::array<char, 65536> buffer_;
  size_t size_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FORECAST_LINE_WRITER_H_
