// A text of at most a few bytes, stored in place: copied like a number, cut if
// too long.
#ifndef INVOCATOR_COMMON_WORDS_SHORT_TEXT_H_
#define INVOCATOR_COMMON_WORDS_SHORT_TEXT_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/strings/string_view.h"

namespace invocator {

template <size_t kBytes>
class ShortText {
 public:
  static constexpr size_t kMaxBytes = kBytes;
  static_assert(kBytes <= UINT8_MAX);

  // Not defaulted: the bytes of an empty text stay uninitialized.
  ShortText() {}

  void Set(absl::string_view text) {
    size_ = static_cast<uint8_t>(std::min(text.size(), kMaxBytes));
    std::memcpy(bytes_.data(), text.data(), size_);
  }
  void Clear() { size_ = 0; }
  bool empty() const { return size_ == 0; }
  absl::string_view view() const { return {bytes_.data(), size_}; }

 private:
  std::array<char, kMaxBytes> bytes_;
  uint8_t size_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WORDS_SHORT_TEXT_H_
