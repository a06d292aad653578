// Makes text of foreign origin (what a target, a peer, a file or a command line
// said) fit to be shown: valid UTF-8 that cannot steer a terminal, forge a line
// or hide a part of itself. Pure.
//
// Of what comes in,
//   a byte that is not well-formed UTF-8 becomes U+FFFD;
//   a line break of any kind (CR, LF, VT, FF, NEL, U+2028, U+2029) and a tab
//   become a blank;
//   other controls (C0, DEL, C1) and what reorders or hides text (Unicode's
//   bidirectional controls, zero-width space, word joiner, byte order mark,
//   interlinear annotations, tags, noncharacters) become U+FFFD: seen, and
//   harmless. Joiners stay, which emoji, Persian and Hindi need.
#ifndef INVOCATOR_COMMON_FOREIGN_TEXT_H_
#define INVOCATOR_COMMON_FOREIGN_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

// The most that a message quotes of what a peer says.
inline constexpr size_t kMaxQuotedText = 1'000;

// One line. One longer than `max_bytes` is cut before a code point and ends
// with "...", both within `max_bytes`. REQUIRES: max_bytes > 3
std::string CleanLine(absl::string_view text,
                      size_t max_bytes = absl::string_view::npos);

// As CleanLine, but LF stays: for whole messages and reports of ours, whose
// foreign parts were made one line each before.
std::string CleanText(absl::string_view text);

// CleanLine would change nothing.
bool IsCleanLine(absl::string_view text);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_FOREIGN_TEXT_H_
