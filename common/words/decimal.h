// Reads and writes decimal numbers exactly: digits, with or without a point
// between them; no sign, no exponent. Pure.
#ifndef INVOCATOR_COMMON_WORDS_DECIMAL_H_
#define INVOCATOR_COMMON_WORDS_DECIMAL_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

// Whether `text` is a decimal number: "12", "0.5"; not ".5", "5.", "-1", "1e3".
bool IsDecimal(absl::string_view text);

// Number of decimals without trailing zeros: 1 for "0.50".
// REQUIRES: IsDecimal(text)
size_t DecimalsOf(absl::string_view text);

// The number times 10^decimals; nullopt if that is not a 64-bit integer.
// REQUIRES: IsDecimal(text)
std::optional<int64_t> ScaledDecimal(absl::string_view text, size_t decimals);

// The shortest decimal number that parses to `value`. REQUIRES: finite, >= 0
std::string DecimalText(double value);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WORDS_DECIMAL_H_
