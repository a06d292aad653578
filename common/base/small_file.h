// Small files read whole: tokens, certificates, keys.
#ifndef INVOCATOR_COMMON_BASE_SMALL_FILE_H_
#define INVOCATOR_COMMON_BASE_SMALL_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace invocator {

// Reads to the end. The error names the file, never its contents:
// INVALID_ARGUMENT beyond `max_bytes`, else the system's.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path,
                                          size_t max_bytes);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_BASE_SMALL_FILE_H_
