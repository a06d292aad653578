#include "common/process/usage_error.h"

#include <sstream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/process/say.h"

namespace invocator {

void AddVersionFlag(CLI::App& app, const std::string& version,
                    std::function<std::string()> details) {
  const std::string about = "With --version: also print the event loop";
  const CLI::Option* const verbose = app.add_flag("-v", about);
  app.set_version_flag("--version", [verbose, version, details] {
    return verbose->count() == 0 ? version
                                 : absl::StrCat(version, "\n", details());
  });
}

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
