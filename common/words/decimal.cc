#include "common/words/decimal.h"

#include <array>
#include <charconv>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

// The digits after the point, without trailing zeros.
absl::string_view Fraction(absl::string_view text) {
  const size_t point = text.find('.');
  if (point == text.npos) return "";
  const absl::string_view digits = text.substr(point + 1);
  return digits.substr(0, digits.find_last_not_of('0') + 1);
}

}  // namespace

bool IsDecimal(absl::string_view text) {
  const auto is_digit_or_point = [](unsigned char c) {
    return absl::ascii_isdigit(c) || c == '.';
  };
  return !text.empty() && text.front() != '.' && text.back() != '.' &&
         absl::c_all_of(text, is_digit_or_point) &&
         absl::c_count(text, '.') <= 1;
}

size_t DecimalsOf(absl::string_view text) { return Fraction(text).size(); }

std::optional<int64_t> ScaledDecimal(absl::string_view text, size_t decimals) {
  const absl::string_view fraction = Fraction(text);
  if (fraction.size() > decimals) return std::nullopt;
  std::string digits = absl::StrCat(text.substr(0, text.find('.')), fraction);
  digits.append(decimals - fraction.size(), '0');
  int64_t scaled = 0;
  if (!absl::SimpleAtoi(digits, &scaled)) return std::nullopt;
  return scaled;
}

std::string DecimalText(double value) {
  // The first digit of the smallest double is its 324th decimal.
  std::array<char, 400> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                 value, std::chars_format::fixed);
  return {buffer.data(), end.ptr};
}

}  // namespace invocator
