// Host names beyond ASCII in the form that DNS, certificates and signatures
// know (RFC 3492, 5890): "bücher.example" is "xn--bcher-kva.example". Pure.
#ifndef INVOCATOR_COMMON_PUNYCODE_H_
#define INVOCATOR_COMMON_PUNYCODE_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

// `name` is UTF-8. Letters of Latin-1, Greek and Cyrillic become lower-case;
// nullopt where more of Unicode's rules would be needed to be sure, and for
// what is not UTF-8.
std::optional<std::string> AsciiHostName(absl::string_view name);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PUNYCODE_H_
