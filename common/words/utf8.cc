#include "common/words/utf8.h"

namespace invocator {

std::optional<CodePoint> FirstCodePoint(absl::string_view text) {
  auto byte = [&](size_t at) { return static_cast<unsigned char>(text[at]); };
  auto within = [&](size_t at, unsigned low, unsigned high) {
    return at < text.size() && byte(at) >= low && byte(at) <= high;
  };
  auto tail = [&](size_t at) { return within(at, 0x80, 0xBF); };
  auto bits = [&](size_t at) { return char32_t{byte(at)} & 0x3F; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return CodePoint{lead, 1};
  if (lead >= 0xC2 && lead <= 0xDF && tail(1)) {
    return CodePoint{(lead & 0x1F) << 6 | bits(1), 2};
  }
  if (lead >= 0xE0 && lead <= 0xEF) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : 0xBF;
    if (within(1, low, high) && tail(2)) {
      return CodePoint{(lead & 0x0F) << 12 | bits(1) << 6 | bits(2), 3};
    }
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
    if (within(1, low, high) && tail(2) && tail(3)) {
      return CodePoint{
          (lead & 0x07) << 18 | bits(1) << 12 | bits(2) << 6 | bits(3), 4};
    }
  }
  return std::nullopt;
}

std::optional<size_t> FirstInvalidUtf8(absl::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const auto first = FirstCodePoint(text.substr(at));
    if (!first) return at;
    at += first->bytes;
  }
  return std::nullopt;
}

bool HasControlCharacter(absl::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const auto first = FirstCodePoint(text.substr(at));
    if (first && IsControl(first->value)) return true;
    at += first ? first->bytes : 1;
  }
  return false;
}

}  // namespace invocator
