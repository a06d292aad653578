#include "common/process/usage_error.h"

#include <sstream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/process/say.h"

namespace invocator {

int TellParseEnd(const CLI::App& app, const CLI::ParseError& end) {
  std::ostringstream out;
  std::ostringstream words;
  if (app.exit(end, out, words) != 0) {
    Say(absl::StripSuffix(words.str(), "\n"));
    return 2;
  }
  const absl::Status written = Print(out.str());
  if (written.ok()) return 0;
  Say(absl::StrCat(app.get_name(), ": ", written.message()));
  return 3;
}

}  // namespace invocator
