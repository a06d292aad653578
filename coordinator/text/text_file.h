// Reads and writes whole text files; errors name the file.
#ifndef INVOCATOR_COORDINATOR_TEXT_TEXT_FILE_H_
#define INVOCATOR_COORDINATOR_TEXT_TEXT_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace invocator {

// Larger JSON files are refused.
inline constexpr size_t kMaxJsonFileBytes = size_t{64} * 1024 * 1024;
// Lists of gaps make workloads large: 50 lists for a day, one gap a line, take
// 120 MB.
inline constexpr size_t kMaxWorkloadBytes = size_t{256} * 1024 * 1024;

// Reads to the end; pipes and devices too. Errors: the system's, or
// INVALID_ARGUMENT for a folder and for more than `max_bytes`.
absl::StatusOr<std::string> ReadTextFile(const std::string& path,
                                         size_t max_bytes);

// The same for this process's standard input.
absl::StatusOr<std::string> ReadStandardInput(size_t max_bytes);

// The readers of a written file: as the umask allows, or the owner alone.
enum class Readers { kUmask, kOwner };

// Whether the file exists and its group or others may not read it.
bool IsPrivateFile(const std::string& path);

// Creates the file, or replaces its contents. Errors: the system's; no file is
// left then.
absl::Status WriteTextFile(const std::string& path, absl::string_view text,
                           Readers readers = Readers::kUmask);

// Creates a file that only the caller knows, as a part of writing `name`, which
// errors mention instead. ALREADY_EXISTS if something, a link for example, has
// that path; else errors as above.
absl::Status WriteNewTextFile(const std::string& path, const std::string& name,
                              absl::string_view text, Readers readers);

// Appends to the file; creates it if missing. Errors: the system's.
absl::Status AppendTextFile(const std::string& path, absl::string_view text,
                            Readers readers = Readers::kUmask);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TEXT_TEXT_FILE_H_
