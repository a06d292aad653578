#include "common/plan/cold_start.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/http/http_syntax.h"

namespace invocator {
namespace {

constexpr size_t kMaxTextBytes = 1024;
constexpr absl::string_view kHeaderPrefix = "header:";
constexpr absl::string_view kJsonPrefix = "json:";

absl::Status Malformed(absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat(what,
                   ", expected \"header:\" and a header's name, or \"json:\" "
                   "and a JSON pointer to a member, such as \"json:/cold\""));
}

// RFC 6901: '~' stands in "~0" for itself and in "~1" for '/' only.
bool HasBareTilde(absl::string_view token) {
  for (size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') continue;
    if (i + 1 == token.size() || (token[i + 1] != '0' && token[i + 1] != '1')) {
      return true;
    }
  }
  return false;
}

}  // namespace

absl::StatusOr<ColdStartSource> ParseColdStartSource(absl::string_view text) {
  if (text.size() > kMaxTextBytes) {
    return Malformed(absl::StrCat("is longer than ", kMaxTextBytes, " bytes"));
  }
  ColdStartSource source;
  if (absl::ConsumePrefix(&text, kHeaderPrefix)) {
    if (!IsHttpToken(text)) return Malformed("names no header");
    source.header = std::string(text);
    return source;
  }
  if (!absl::ConsumePrefix(&text, kJsonPrefix)) {
    return Malformed("says neither header nor json");
  }
  source.kind = ColdStartSource::Kind::kJson;
  if (!absl::ConsumePrefix(&text, "/")) {
    return Malformed("is no JSON pointer that begins with '/'");
  }
  for (absl::string_view token : absl::StrSplit(text, '/')) {
    if (HasBareTilde(token)) {
      return Malformed("has a '~' that is neither \"~0\" nor \"~1\"");
    }
    source.path.push_back(
        absl::StrReplaceAll(token, {{"~1", "/"}, {"~0", "~"}}));
  }
  return source;
}

std::string ToString(const ColdStartSource& source) {
  if (source.kind == ColdStartSource::Kind::kHeader) {
    return absl::StrCat(kHeaderPrefix, source.header);
  }
  std::string text(kJsonPrefix);
  for (const std::string& token : source.path) {
    absl::StrAppend(&text, "/",
                    absl::StrReplaceAll(token, {{"~", "~0"}, {"/", "~1"}}));
  }
  return text;
}

}  // namespace invocator
