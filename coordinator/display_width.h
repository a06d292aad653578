// How many columns of a terminal a text takes: 2 for a wide character (Chinese,
// Japanese, Korean, most emoji), 0 for one that combines with the character
// before it, 1 for any other. Pure; no locale is asked, since programs run in
// "C" as well.
#ifndef INVOCATOR_COORDINATOR_DISPLAY_WIDTH_H_
#define INVOCATOR_COORDINATOR_DISPLAY_WIDTH_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

// A byte that is not UTF-8 counts as one column.
size_t DisplayWidth(absl::string_view text);

// `text` with blanks behind it, or before it, up to that width.
std::string PadRight(absl::string_view text, size_t width);
std::string PadLeft(absl::string_view text, size_t width);

// As much of the beginning of `text` as fits into that width, cut between
// characters.
absl::string_view FirstColumns(absl::string_view text, size_t width);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_DISPLAY_WIDTH_H_
