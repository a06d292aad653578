// Replaces a file atomically and durably: after a crash it is the old one or
// the new one, never a part.
#ifndef INVOCATOR_COORDINATOR_TEXT_DURABLE_FILE_H_
#define INVOCATOR_COORDINATOR_TEXT_DURABLE_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "coordinator/text/text_file.h"

namespace invocator {

// Writes a new file beside it, <path>.<random>.tmp, renames that, and waits
// until file and folder are on disk. Several processes may replace a file at
// the same time: the last one wins. A crash may leave a new file behind.
// Errors: the system's, naming `path`; the old file then remains.
absl::Status ReplaceDurably(const std::string& path, absl::string_view text,
                            Readers readers = Readers::kUmask);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TEXT_DURABLE_FILE_H_
