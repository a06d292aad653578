// Percent-encoding (RFC 3986, 2.1), byte by byte. Hex is written upper-case and
// read in either case. Pure.
#ifndef INVOCATOR_COMMON_HTTP_PERCENT_H_
#define INVOCATOR_COMMON_HTTP_PERCENT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

// A-Z a-z 0-9 - . _ ~
bool IsUnreserved(char c);

// Whether an escape, "%" and two hex digits, begins at text[at].
bool IsEscapeAt(absl::string_view text, size_t at);

// Replaces by "%XX" every byte that may not stay as it is.
std::string PercentEncode(absl::string_view text,
                          bool (*may_stay)(char) = IsUnreserved);

// Replaces every escape by its byte; a '%' that begins no escape stays.
std::string PercentDecode(absl::string_view text);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_HTTP_PERCENT_H_
