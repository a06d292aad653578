// Decimal numbers as text: digits, and a point between digits; no sign and no
// exponent. Exact. Pure.
#ifndef INVOCATOR_COMMON_WORDS_DECIMAL_H_
#define INVOCATOR_COMMON_WORDS_DECIMAL_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

// Whether it is one: "12", "0.5"; not ".5", "5.", "-1", "1e3".
bool IsDecimal(absl::string_view text);

// Decimals in use: 1 for "0.50". REQUIRES: IsDecimal(text)
size_t DecimalsOf(absl::string_view text);

// The number times 10^decimals; nullopt if that is no 64-bit integer.
// REQUIRES: IsDecimal(text)
std::optional<int64_t> ScaledDecimal(absl::string_view text, size_t decimals);

// The shortest decimal number that reads as `value`. REQUIRES: finite, >= 0
std::string DecimalText(double value);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WORDS_DECIMAL_H_
