#include "coordinator/json/number_tokens.h"

#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "coordinator/json/strict_json.h"

namespace invocator {
namespace {

bool IsDigit(char c) {
  return absl::ascii_isdigit(static_cast<unsigned char>(c));
}

bool IsNumberCharacter(char c) {
  return IsDigit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

// Removes the digits at the front; how many.
size_t ConsumeDigits(absl::string_view& text) {
  size_t digits = 0;
  while (digits < text.size() && IsDigit(text[digits])) ++digits;
  text.remove_prefix(digits);
  return digits;
}

bool ConsumeAny(absl::string_view& text, absl::string_view of) {
  if (text.empty() || of.find(text.front()) == of.npos) return false;
  text.remove_prefix(1);
  return true;
}

// RFC 8259, 6.
bool IsJsonNumber(absl::string_view token) {
  ConsumeAny(token, "-");
  const bool has_leading_zero = !token.empty() && token.front() == '0';
  const size_t whole = ConsumeDigits(token);
  if (whole == 0 || (has_leading_zero && whole > 1)) return false;
  if (ConsumeAny(token, ".") && ConsumeDigits(token) == 0) return false;
  if (ConsumeAny(token, "eE")) {
    ConsumeAny(token, "+-");
    if (ConsumeDigits(token) == 0) return false;
  }
  return token.empty();
}

}  // namespace

absl::string_view NumberTokens::Next() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '"') {
      at_ = SkipJsonString(text_, at_);
    } else if (c == '-' || IsDigit(c)) {
      offset_ = at_;
      while (at_ < text_.size() && IsNumberCharacter(text_[at_])) ++at_;
      return text_.substr(offset_, at_ - offset_);
    } else {
      ++at_;
    }
  }
  return {};
}

bool IsBeyondDouble(absl::string_view token) {
  // Fewer digits without an exponent always fit.
  constexpr size_t kDigitsThatFit = 308;
  if (token.size() <= kDigitsThatFit &&
      token.find_first_of("eE") == token.npos) {
    return false;
  }
  double value = 0;
  return absl::SimpleAtod(token, &value) && std::isinf(value) &&
         IsJsonNumber(token);
}

std::optional<std::string> WithinDoubles(absl::string_view text) {
  std::optional<std::string> within;
  NumberTokens numbers(text);
  for (absl::string_view token = numbers.Next(); !token.empty();
       token = numbers.Next()) {
    if (!IsBeyondDouble(token)) continue;
    if (!within) within.emplace(text);
    // "-1e999" becomes "-0.000".
    const size_t sign = token.front() == '-' ? 1 : 0;
    const size_t begin = numbers.offset() + sign;
    within->replace(begin, token.size() - sign, token.size() - sign, '0');
    (*within)[begin + 1] = '.';
  }
  return within;
}

}  // namespace invocator
