#include "common/words/worker_name.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/words/foreign_text.h"

namespace invocator {

absl::Status CheckWorkerName(absl::string_view name) {
  if (name.empty() || name.size() > kMaxWorkerNameBytes ||
      absl::StrContains("=+-@", name.front())) {
    return absl::InvalidArgumentError(
        absl::StrCat("a worker's name has 1 to ", kMaxWorkerNameBytes,
                     " bytes and begins with none of =+-@"));
  }
  if (const std::string why = WhyNotClean(name); !why.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a worker's name is visible text on one line; this one ", why));
  }
  return absl::OkStatus();
}

}  // namespace invocator
