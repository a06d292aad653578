#include "common/words/punycode.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/words/utf8.h"

namespace invocator {
namespace {

// RFC 3492, 5.
constexpr uint32_t kBase = 36;
constexpr uint32_t kTMin = 1;
constexpr uint32_t kTMax = 26;
constexpr uint32_t kSkew = 38;
constexpr uint32_t kDamp = 700;
constexpr uint32_t kInitialBias = 72;
constexpr uint32_t kInitialN = 0x80;
// Of a name; keeps the arithmetic far from overflow.
constexpr size_t kMaxLabelCodePoints = 63;

// RFC 3492, 6.1.
uint32_t Adapt(uint32_t delta, uint32_t points, bool is_first) {
  delta = is_first ? delta / kDamp : delta / 2;
  delta += delta / points;
  uint32_t k = 0;
  while (delta > (kBase - kTMin) * kTMax / 2) {
    delta /= kBase - kTMin;
    k += kBase;
  }
  return k + (kBase - kTMin + 1) * delta / (delta + kSkew);
}

char Digit(uint32_t value) {
  return static_cast<char>(value < 26 ? 'a' + value : '0' + value - 26);
}

// RFC 3492, 6.3.
std::string Encode(const std::vector<uint32_t>& label) {
  std::string encoded;
  for (uint32_t point : label) {
    if (point < 0x80) encoded += static_cast<char>(point);
  }
  auto handled = static_cast<uint32_t>(encoded.size());
  const uint32_t basic = handled;
  if (basic > 0) encoded += '-';
  uint32_t n = kInitialN;
  uint32_t delta = 0;
  uint32_t bias = kInitialBias;
  while (handled < label.size()) {
    uint32_t next = UINT32_MAX;
    for (uint32_t point : label) {
      if (point >= n) next = std::min(next, point);
    }
    delta += (next - n) * (handled + 1);
    n = next;
    for (uint32_t point : label) {
      if (point < n) ++delta;
      if (point != n) continue;
      uint32_t q = delta;
      for (uint32_t k = kBase;; k += kBase) {
        const uint32_t t = k <= bias           ? kTMin
                           : k >= bias + kTMax ? kTMax
                                               : k - bias;
        if (q < t) break;
        encoded += Digit(t + (q - t) % (kBase - t));
        q = (q - t) / (kBase - t);
      }
      encoded += Digit(q);
      bias = Adapt(delta, handled + 1, handled == basic);
      delta = 0;
      ++handled;
    }
    ++delta;
    ++n;
  }
  return encoded;
}

// Lower case; nullopt where a mapping of Unicode's would be needed.
std::optional<uint32_t> Fold(uint32_t point) {
  if (point < 0x80) {
    return absl::ascii_tolower(static_cast<unsigned char>(point));
  }
  const auto is_in = [point](uint32_t first, uint32_t last) {
    return point >= first && point <= last;
  };
  if (is_in(0x80, 0xBF) || point == 0xD7 || point == 0xF7) return std::nullopt;
  if (is_in(0xC0, 0xDE) || is_in(0x391, 0x3A9) || is_in(0x410, 0x42F)) {
    return point + 0x20;
  }
  if (is_in(0x400, 0x40F)) return point + 0x50;
  // Latin-1, Greek and Cyrillic; kana, Chinese, Korean.
  if (is_in(0xDF, 0xFF) || is_in(0x3AC, 0x3CE) || is_in(0x430, 0x45F) ||
      is_in(0x3041, 0x3096) || is_in(0x30A1, 0x30FE) || is_in(0x4E00, 0x9FFF) ||
      is_in(0xAC00, 0xD7A3)) {
    return point;
  }
  return std::nullopt;
}

// The label's code points, lower-case.
std::optional<std::vector<uint32_t>> Points(absl::string_view label) {
  std::vector<uint32_t> points;
  while (!label.empty()) {
    const std::optional<CodePoint> point = FirstCodePoint(label);
    if (!point) return std::nullopt;
    const std::optional<uint32_t> folded = Fold(point->value);
    if (!folded) return std::nullopt;
    points.push_back(*folded);
    label.remove_prefix(point->bytes);
  }
  if (points.size() > kMaxLabelCodePoints) return std::nullopt;
  return points;
}

}  // namespace

std::optional<std::string> AsciiHostName(absl::string_view name) {
  std::vector<std::string> labels;
  for (absl::string_view label : absl::StrSplit(name, '.')) {
    const std::optional<std::vector<uint32_t>> points = Points(label);
    if (!points) return std::nullopt;
    const bool is_ascii =
        std::all_of(points->begin(), points->end(),
                    [](uint32_t point) { return point < 0x80; });
    labels.push_back(is_ascii ? absl::AsciiStrToLower(label)
                              : absl::StrCat("xn--", Encode(*points)));
  }
  return absl::StrJoin(labels, ".");
}

}  // namespace invocator
