// Decodes and checks UTF-8. Pure.
#ifndef INVOCATOR_COMMON_WORDS_UTF8_H_
#define INVOCATOR_COMMON_WORDS_UTF8_H_

#include <cstddef>
#include <optional>

#include "absl/strings/string_view.h"

namespace invocator {

inline constexpr char kReplacementCharacter[] = "\xEF\xBF\xBD";  // U+FFFD
// Some editors write it at the start of files.
inline constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct CodePoint {
  char32_t value = 0;
  size_t bytes = 0;
};

// The code point at the start of `text`, or nullopt where no well-formed one
// begins (Unicode 15, table 3-7: no overlong forms, no surrogates, nothing
// above U+10FFFF). REQUIRES: !text.empty()
std::optional<CodePoint> FirstCodePoint(absl::string_view text);

// Offset of the first byte that is not well-formed UTF-8.
std::optional<size_t> FirstInvalidUtf8(absl::string_view text);

// C0, DEL and C1.
constexpr bool IsControl(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0);
}

// Whether well-formed `text` holds a C0 or C1 control character or DEL.
bool HasControlCharacter(absl::string_view text);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WORDS_UTF8_H_
