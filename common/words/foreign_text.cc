#include "common/words/foreign_text.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_format.h"
#include "common/words/utf8.h"

namespace invocator {
namespace {

constexpr absl::string_view kEllipsis = "...";

bool IsPlain(char c) { return c >= 0x20 && c < 0x7F; }

bool IsBreakOrTab(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x85 || c == 0x2028 || c == 0x2029;
}

// Unicode 15, properties Bidi_Control, Noncharacter_Code_Point, and of
// Default_Ignorable_Code_Point those that no script needs within a word.
bool Misleads(char32_t c) {
  return c == 0x061C || c == 0x200B || c == 0x200E || c == 0x200F ||
         (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
         c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||
         (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE ||
         (c >= 0xE0000 && c <= 0xE007F);
}

// Appends one code point, or byte, at the start of `text`; returns its bytes.
size_t AppendFirst(absl::string_view text, bool keep_lf, std::string& out) {
  const auto first = FirstCodePoint(text);
  if (!first) {
    out += kReplacementCharacter;
    return 1;
  }
  const char32_t c = first->value;
  if (IsBreakOrTab(c)) {
    out += c == '\n' && keep_lf ? '\n' : ' ';
  } else if (IsControl(c) || Misleads(c)) {
    out += kReplacementCharacter;
  } else {
    out.append(text.data(), first->bytes);
  }
  return first->bytes;
}

std::string Clean(absl::string_view text, size_t max_bytes, bool keep_lf) {
  std::string clean;
  while (!text.empty() && clean.size() <= max_bytes) {
    const auto plain = std::find_if_not(text.begin(), text.end(), IsPlain);
    const auto run = static_cast<size_t>(plain - text.begin());
    clean.append(text.data(), run);
    text.remove_prefix(run);
    if (text.empty()) break;
    text.remove_prefix(AppendFirst(text, keep_lf, clean));
  }
  if (clean.size() <= max_bytes) return clean;
  size_t end = max_bytes - kEllipsis.size();
  while ((static_cast<unsigned char>(clean[end]) & 0xC0) == 0x80) --end;
  clean.resize(end);
  clean.append(kEllipsis.data(), kEllipsis.size());
  return clean;
}

}  // namespace

std::string CleanLine(absl::string_view text, size_t max_bytes) {
  return Clean(text, max_bytes, /*keep_lf=*/false);
}

std::string CleanText(absl::string_view text) {
  return Clean(text, absl::string_view::npos, /*keep_lf=*/true);
}

bool IsCleanLine(absl::string_view text) {
  if (std::all_of(text.begin(), text.end(), IsPlain)) return true;
  return CleanLine(text) == text;
}

std::string WhyNotClean(absl::string_view text) {
  while (!text.empty()) {
    const auto first = FirstCodePoint(text);
    if (!first) return "has a byte that is not UTF-8";
    const char32_t c = first->value;
    const absl::string_view why = c == '\t'         ? "a tab"
                                  : IsBreakOrTab(c) ? "a line break"
                                  : IsControl(c)    ? "a control character"
                                  : Misleads(c) ? "which hides or reorders text"
                                                : "";
    if (!why.empty()) {
      return absl::StrFormat("has U+%04X, %s", static_cast<uint32_t>(c), why);
    }
    text.remove_prefix(first->bytes);
  }
  return "";
}

}  // namespace invocator
