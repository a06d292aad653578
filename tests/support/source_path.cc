#include "tests/support/source_path.h"

#include "absl/strings/str_cat.h"

namespace invocator {

std::string SourcePath(absl::string_view path) {
  return absl::StrCat(INVOCATOR_SOURCE_DIR "/", path);
}

}  // namespace invocator
