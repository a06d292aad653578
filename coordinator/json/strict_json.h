// Turns the JSON that people write into strict JSON of the same length:
// comments and trailing commas become blanks, so every offset still holds.
#ifndef INVOCATOR_COORDINATOR_JSON_STRICT_JSON_H_
#define INVOCATOR_COORDINATOR_JSON_STRICT_JSON_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace invocator {

inline constexpr int kMaxJsonNesting = 64;

// `file:line:column`, counted from 1, columns in characters.
std::string JsonPosition(absl::string_view file, absl::string_view text,
                         size_t offset);

// Offset after the string that begins at text[at]; skips escapes.
size_t SkipJsonString(absl::string_view text, size_t at);

// INVALID_ARGUMENT, "file:line:column: what", for text that is not UTF-8, a
// zero byte, a comment without an end, and nesting beyond kMaxJsonNesting.
// Otherwise the result is strict JSON wherever `text` was relaxed JSON.
absl::StatusOr<std::string> StrictJson(absl::string_view file,
                                       absl::string_view text);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_JSON_STRICT_JSON_H_
