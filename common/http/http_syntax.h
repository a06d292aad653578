// Checks the parts of an HTTP/1.1 request (RFC 9110, 9112), so that no foreign
// text can end a line or a header. Pure.
#ifndef INVOCATOR_COMMON_HTTP_HTTP_SYNTAX_H_
#define INVOCATOR_COMMON_HTTP_HTTP_SYNTAX_H_

#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace invocator {

// Name and value, as sent or received.
using Header = std::pair<std::string, std::string>;

// A method or header name: one or more tchar (RFC 9110 5.6.2).
bool IsHttpToken(absl::string_view text);

// No control character but tab, no blank at either end; bytes from 0x80 on are
// allowed (obs-text, RFC 9110 5.5). May be empty.
bool IsHttpHeaderValue(absl::string_view text);

// A lower-case name or address, with ":port" if any: visible ASCII without the
// characters that end a host in a URL.
bool IsHttpHost(absl::string_view text);

// Visible ASCII that begins with '/', without '?' and '#'.
bool IsHttpPath(absl::string_view text);

// Visible ASCII without '#'; may be empty.
bool IsHttpQuery(absl::string_view text);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_HTTP_HTTP_SYNTAX_H_
