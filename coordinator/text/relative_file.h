// Finds files that a workload names relative to its own folder.
#ifndef INVOCATOR_COORDINATOR_TEXT_RELATIVE_FILE_H_
#define INVOCATOR_COORDINATOR_TEXT_RELATIVE_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace invocator {

// Path of the plain file `path`, which starts at `folder` unless it is
// absolute. Errors name it: NOT_FOUND, with a hint if the working folder has
// such a file; INVALID_ARGUMENT unless it is a plain file: a pipe might block,
// a device never end. `kind`: the expected file in messages ("a JSON file").
absl::StatusOr<std::string> FindRelativeFile(const std::string& folder,
                                             const std::string& path,
                                             const std::string& kind);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TEXT_RELATIVE_FILE_H_
