// Cleans foreign text (from a target, a peer, a file or a command line) for
// display: valid UTF-8 that cannot control a terminal, forge a line or hide
// part of the text. Pure.
//
// Replacements:
//   a byte that is not well-formed UTF-8 becomes U+FFFD;
//   a line break of any kind (CR, LF, VT, FF, NEL, U+2028, U+2029) and a tab
//   become a blank;
//   other controls (C0, DEL, C1) and characters that reorder or hide text
//   (Unicode's bidirectional controls, zero-width space, word joiner, byte
//   order mark, interlinear annotations, tags, noncharacters) become U+FFFD.
//   Joiners stay, since emoji, Persian and Hindi need them.
#ifndef INVOCATOR_COMMON_WORDS_FOREIGN_TEXT_H_
#define INVOCATOR_COMMON_WORDS_FOREIGN_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

// Limit on quoted peer text in a message, in bytes.
inline constexpr size_t kMaxQuotedText = 1'000;

// One clean line. A longer one is cut between code points and ends with "...",
// which counts towards `max_bytes`. REQUIRES: max_bytes > 3
std::string CleanLine(absl::string_view text,
                      size_t max_bytes = absl::string_view::npos);

// As CleanLine, but LF stays: for our own messages and reports, whose foreign
// parts are already one line each.
std::string CleanText(absl::string_view text);

// True if CleanLine would change nothing.
bool IsCleanLine(absl::string_view text);

// Describes the first character that CleanLine would change: "has U+202E, which
// hides or reorders text". Empty for a clean line.
std::string WhyNotClean(absl::string_view text);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WORDS_FOREIGN_TEXT_H_
