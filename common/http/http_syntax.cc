#include "common/http/http_syntax.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace invocator {
namespace {

bool IsVisibleExcept(absl::string_view text, absl::string_view refused) {
  return std::all_of(text.begin(), text.end(), [refused](char c) {
    return absl::ascii_isgraph(static_cast<unsigned char>(c)) &&
           refused.find(c) == absl::string_view::npos;
  });
}

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

bool IsHttpToken(absl::string_view text) {
  return !text.empty() && IsVisibleExcept(text, "\"(),/:;<=>?@[\\]{}");
}

bool IsHttpHeaderValue(absl::string_view text) {
  if (text.empty()) return true;
  if (IsBlank(text.front()) || IsBlank(text.back())) return false;
  return std::none_of(text.begin(), text.end(), [](char c) {
    return c != '\t' && absl::ascii_iscntrl(static_cast<unsigned char>(c));
  });
}

bool IsHttpHost(absl::string_view text) {
  return !text.empty() && IsVisibleExcept(text, "/?#@\\") &&
         std::none_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isupper(static_cast<unsigned char>(c));
         });
}

bool IsHttpPath(absl::string_view text) {
  return !text.empty() && text.front() == '/' && IsVisibleExcept(text, "?#");
}

bool IsHttpQuery(absl::string_view text) { return IsVisibleExcept(text, "#"); }

}  // namespace invocator
