#include "common/usage_error.h"

#include <sstream>
#include <string>

#include "absl/strings/strip.h"
#include "common/say.h"

namespace invocator {

bool TellParseEnd(const CLI::App& app, const CLI::ParseError& end) {
  std::ostringstream out;
  std::ostringstream words;
  const bool ok = app.exit(end, out, words) == 0;
  Print(out.str()).IgnoreError();
  const std::string wrong = words.str();
  if (!wrong.empty()) Say(absl::StripSuffix(wrong, "\n"));
  return ok;
}

}  // namespace invocator
