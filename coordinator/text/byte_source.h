// Sources of bytes for streaming readers: plain files and texts.
#ifndef INVOCATOR_COORDINATOR_TEXT_BYTE_SOURCE_H_
#define INVOCATOR_COORDINATOR_TEXT_BYTE_SOURCE_H_

#include <cstddef>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace invocator {

// Reads up to `most` bytes into `into`; returns their number, 0 at the end.
// Copies share one position. REQUIRES: most > 0
using ByteSource =
    std::function<absl::StatusOr<size_t>(char* into, size_t most)>;

// A plain file, which the copies keep open. Errors, here and in reading, name
// the file: the system's, or INVALID_ARGUMENT for folders, and for pipes and
// devices, which might never end.
absl::StatusOr<ByteSource> OpenPlainFile(const std::string& path);

// Borrows the text, which must outlive the source.
ByteSource TextSource(absl::string_view text);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TEXT_BYTE_SOURCE_H_
