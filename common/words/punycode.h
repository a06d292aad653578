// Encodes non-ASCII host names for DNS, certificates and signatures (RFC 3492,
// 5890): "bücher.example" becomes "xn--bcher-kva.example". Pure.
#ifndef INVOCATOR_COMMON_WORDS_PUNYCODE_H_
#define INVOCATOR_COMMON_WORDS_PUNYCODE_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

// Letters of Latin-1, Greek and Cyrillic become lower-case. Nullopt for a
// `name` that may need further rules of Unicode, and for one that is not valid
// UTF-8.
std::optional<std::string> AsciiHostName(absl::string_view name);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WORDS_PUNYCODE_H_
