#include "coordinator/forecast/line_writer.h"

#include <charconv>
#include <cstring>

namespace invocator {

void LineWriter::Text(absl::string_view text) {
  if (size_ + text.size() > buffer_.size()) {
    Flush();
    if (text.size() > buffer_.size()) {
      out_.write(text.data(), static_cast<std::streamsize>(text.size()));
      return;
    }
  }
  std::memcpy(&buffer_[size_], text.data(), text.size());
  size_ += text.size();
}

void LineWriter::Integer(uint64_t value) {
  constexpr size_t kMostDigits = 20;
  Reserve(kMostDigits);
  char* const begin = &buffer_[size_];
  size_ += static_cast<size_t>(
      std::to_chars(begin, begin + kMostDigits, value).ptr - begin);
}

void LineWriter::Decimal(double value) {
  constexpr int kDecimals = 6;
  constexpr size_t kMostCharacters = 32;
  Reserve(kMostCharacters);
  char* const begin = &buffer_[size_];
  size_ +=
      static_cast<size_t>(std::to_chars(begin, begin + kMostCharacters, value,
                                        std::chars_format::fixed, kDecimals)
                              .ptr -
                          begin);
}

void LineWriter::Time(int64_t ns) {
  constexpr uint64_t kNsPerS = 1'000'000'000;
  const auto value = static_cast<uint64_t>(ns);
  Integer(value / kNsPerS);
  std::array<char, 10> decimals;
  uint64_t rest = value % kNsPerS;
  for (size_t i = decimals.size() - 1; i > 0; --i) {
    decimals[i] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  }
  decimals[0] = '.';
  Text({decimals.data(), decimals.size()});
}

void LineWriter::Flush() {
  out_.write(buffer_.data(), static_cast<std::streamsize>(size_));
  size_ = 0;
}

}  // namespace invocator
