#include "common/worker_name.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/foreign_text.h"

namespace invocator {

absl::Status CheckWorkerName(absl::string_view name) {
  if (!name.empty() && name.size() <= kMaxWorkerNameBytes &&
      IsCleanLine(name) && !absl::StrContains("=+-@", name.front())) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "a worker's name has 1 to ", kMaxWorkerNameBytes,
      " bytes of UTF-8, no control characters, and begins with none of =+-@"));
}

}  // namespace invocator
