#include "coordinator/json.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

constexpr size_t kShortBytes = 80;

std::string Shorten(std::string text) {
  if (text.size() <= kShortBytes) return text;
  size_t end = kShortBytes - 3;
  auto continues = [&](size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
  };
  while (end > 0 && continues(end)) --end;
  return text.substr(0, end) + "...";
}

bool IsWord(absl::string_view key) {
  if (key.empty() || key.size() > kShortBytes) return false;
  for (char c : key) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '_' &&
        c != '-') {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string ShortDump(const Json& value) {
  return Shorten(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::string ShortQuote(absl::string_view text) {
  return ShortDump(Json(std::string(text)));
}

std::string MemberPath(absl::string_view path, absl::string_view key) {
  if (!IsWord(key)) return absl::StrCat(path, "[", ShortQuote(key), "]");
  return path.empty() ? std::string(key) : absl::StrCat(path, ".", key);
}

std::string ElementPath(absl::string_view path, size_t index) {
  return absl::StrCat(path, "[", index, "]");
}

}  // namespace invocator
