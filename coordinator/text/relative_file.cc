#include "coordinator/text/relative_file.h"

#include <filesystem>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/words/utf8.h"
#include "coordinator/text/csv_reader.h"

namespace invocator {
namespace fs = std::filesystem;

namespace {

// Hint for a file that is missing in the workload's folder but exists in the
// working folder, to which paths are relative in other tools.
std::string WorkingFolderHint(const std::string& path,
                              const std::string& folder) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return "";
  const fs::path from = fs::absolute(folder.empty() ? "." : folder, error);
  const fs::path right = fs::relative(path, from, error);
  return absl::StrCat(
      "; the working folder has one, but paths are relative to the workload's ",
      "folder",
      right.empty() ? ""
                    : absl::StrCat(": expected ", QuotedField(right.string())));
}

}  // namespace

absl::StatusOr<std::string> FindRelativeFile(const std::string& folder,
                                             const std::string& path,
                                             const std::string& kind) {
  // A zero byte would end the path early: another file.
  if (path.empty() || HasControlCharacter(path)) {
    return absl::InvalidArgumentError("not the name of a file");
  }
  const std::string full_path = (fs::path(folder) / path).string();
  std::error_code error;
  const fs::file_status status = fs::status(full_path, error);
  if (error || !fs::exists(status)) {
    const std::string why =
        error ? error.message()
              : std::make_error_code(std::errc::no_such_file_or_directory)
                    .message();
    return absl::NotFoundError(absl::StrCat(full_path,
                                            ": cannot be opened: ", why,
                                            WorkingFolderHint(path, folder)));
  }
  if (!fs::is_regular_file(status)) {
    return absl::InvalidArgumentError(absl::StrCat(
        full_path, ": is ", fs::is_directory(status) ? "a folder" : "no file",
        ", expected ", kind));
  }
  return full_path;
}

}  // namespace invocator
