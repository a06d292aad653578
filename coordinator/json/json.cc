#include "coordinator/json/json.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/words/foreign_text.h"

namespace invocator {
namespace {

constexpr size_t kShortBytes = 80;

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

Json Verbatim(std::string text) {
  return Json::binary(Json::binary_t::container_type(text.begin(), text.end()));
}

std::string VerbatimText(const Json& value) {
  const Json::binary_t& bytes = value.get_binary();
  return {bytes.begin(), bytes.end()};
}

std::string ShortDump(const Json& value) {
  if (value.is_binary()) return CleanLine(VerbatimText(value), kShortBytes);
  return CleanLine(value.dump(-1, ' ', false, Json::error_handler_t::replace),
                   kShortBytes);
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
