#include "coordinator/json/strict_json.h"

#include <algorithm>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/words/utf8.h"

namespace invocator {
namespace {

// Offset behind the comment that begins at `at`, if one does; npos when it has
// no end.
std::optional<size_t> SkipComment(absl::string_view text, size_t at) {
  const absl::string_view start = text.substr(at, 2);
  if (start == "//") return std::min(text.find('\n', at), text.size());
  if (start != "/*") return std::nullopt;
  const size_t end = text.find("*/", at + 2);
  return end == absl::string_view::npos ? end : end + 2;
}

// Detects the byte order mark or, since JSON begins with two ASCII characters,
// zero bytes among the first four (RFC 4627, 3).
bool IsUtf16(absl::string_view text) {
  if (absl::StartsWith(text, "\xFF\xFE") ||
      absl::StartsWith(text, "\xFE\xFF")) {
    return text.substr(2, 2) != absl::string_view("\0\0", 2);  // of UTF-32
  }
  if (text.size() < 4) return false;
  const auto has_zeros = [text](size_t first) {
    for (size_t i = 0; i < 4; ++i) {
      if ((text[i] == '\0') != (i % 2 == first)) return false;
    }
    return true;
  };
  return has_zeros(0) || has_zeros(1);
}

void Blank(std::string& text, size_t begin, size_t end) {
  for (size_t i = begin; i < end; ++i) {
    if (text[i] != '\n' && text[i] != '\r') text[i] = ' ';
  }
}

}  // namespace

size_t SkipJsonString(absl::string_view text, size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

std::string JsonPosition(absl::string_view file, absl::string_view text,
                         size_t offset) {
  size_t line = 1;
  size_t column = 1;
  size_t at = text.substr(0, kByteOrderMark.size()) == kByteOrderMark
                  ? kByteOrderMark.size()
                  : 0;
  for (; at < std::min(offset, text.size()); ++at) {
    if (text[at] == '\n') {
      ++line;
      column = 1;
    } else if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80) {
      ++column;
    }
  }
  return absl::StrCat(file, ":", line, ":", column);
}

absl::StatusOr<std::string> StrictJson(absl::string_view file,
                                       absl::string_view text) {
  auto fail = [&](size_t offset, absl::string_view what) {
    return absl::InvalidArgumentError(
        absl::StrCat(JsonPosition(file, text, offset), ": ", what));
  };
  if (IsUtf16(text)) return fail(0, "UTF-16 text, expected UTF-8");
  if (std::optional<size_t> bad = FirstInvalidUtf8(text)) {
    return fail(*bad, "not UTF-8 text");
  }
  // The parser would take a zero byte for the text's end.
  if (const size_t zero = text.find('\0'); zero != text.npos) {
    return fail(zero, "zero byte, expected JSON text up to the file's end");
  }
  std::string strict(text);
  int nesting = 0;
  char before = '\0';  // the significant character before the one at `at`
  bool comma_follows_value = false;
  size_t comma = 0;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++at;
      continue;
    }
    if (std::optional<size_t> end = SkipComment(text, at)) {
      if (*end == absl::string_view::npos) {
        return fail(at, "comment without an end");
      }
      Blank(strict, at, *end);
      at = *end;
      continue;
    }
    if (c == '[' || c == '{') {
      if (++nesting > kMaxJsonNesting) {
        return fail(at, absl::StrCat("nested deeper than ", kMaxJsonNesting,
                                     " levels"));
      }
    } else if (c == ']' || c == '}') {
      --nesting;
      if (before == ',' && comma_follows_value) strict[comma] = ' ';
    } else if (c == ',') {
      // "[,]" and "[1,,]" are no trailing commas but errors.
      comma_follows_value =
          absl::string_view("[{,:").find(before) == absl::string_view::npos;
      comma = at;
    }
    before = c;
    at = c == '"' ? SkipJsonString(text, at) : at + 1;
  }
  return strict;
}

}  // namespace invocator
