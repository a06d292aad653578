// Measures text in terminal columns: 2 for a wide character (Chinese, Japanese,
// Korean, most emoji), 0 for one that combines with the character before it, 1
// for any other. Pure: independent of the locale, since programs run in "C" as
// well.
#ifndef INVOCATOR_COORDINATOR_TEXT_DISPLAY_WIDTH_H_
#define INVOCATOR_COORDINATOR_TEXT_DISPLAY_WIDTH_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

// A byte that is not UTF-8 counts as one column.
size_t DisplayWidth(absl::string_view text);

// `text` padded with blanks to `width`, on its right or left.
std::string PadRight(absl::string_view text, size_t width);
std::string PadLeft(absl::string_view text, size_t width);

// The longest beginning of `text` that fits into `width`, cut between
// characters.
absl::string_view FirstColumns(absl::string_view text, size_t width);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TEXT_DISPLAY_WIDTH_H_
