// Paths of the project's own files, for tests that read them. One source knows
// the folder, so that a build of another checkout compiles the rest alike.
#ifndef INVOCATOR_TESTS_SUPPORT_SOURCE_PATH_H_
#define INVOCATOR_TESTS_SUPPORT_SOURCE_PATH_H_

#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

// `path` is relative to the project's root.
std::string SourcePath(absl::string_view path);

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_SOURCE_PATH_H_
