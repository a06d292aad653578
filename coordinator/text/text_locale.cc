#include "coordinator/text/text_locale.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace invocator {

bool IsUtf8Locale(const Environment& variable) {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string locale = absl::AsciiStrToLower(variable(name));
    if (locale.empty()) continue;
    return absl::StrContains(locale, "utf-8") ||
           absl::StrContains(locale, "utf8");
  }
  return false;
}

}  // namespace invocator
