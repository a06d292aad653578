// Checks on UTF-8 text that came from outside. Pure.
#ifndef INVOCATOR_COORDINATOR_UTF8_H_
#define INVOCATOR_COORDINATOR_UTF8_H_

#include <cstddef>
#include <optional>

#include "absl/strings/string_view.h"

namespace invocator {

// Offset of the first byte that is not well-formed UTF-8 (Unicode 15, table
// 3-7: no overlong forms, no surrogates, nothing above U+10FFFF).
std::optional<size_t> FirstInvalidUtf8(absl::string_view text);

// Whether well-formed `text` holds a C0 or C1 control character or DEL.
bool HasControlCharacter(absl::string_view text);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_UTF8_H_
