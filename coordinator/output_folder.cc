#include "coordinator/output_folder.h"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace invocator {

absl::StatusOr<std::string> CreateOutputFolder(const std::string& wanted,
                                               absl::string_view test_name,
                                               absl::Time now,
                                               absl::string_view suffix) {
  std::string path =
      !wanted.empty() ? wanted
                      : absl::StrCat("runs/", test_name, "-",
                                     absl::FormatTime("%Y%m%dT%H%M%E3SZ", now,
                                                      absl::UTCTimeZone()));
  // "a/" is the folder a, not one without a name in it.
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  absl::StrAppend(&path, suffix);
  const std::filesystem::path parent =
      std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  // mkdir, not create_directories: it says whether the folder was there.
  if (mkdir(path.c_str(), 0777) != 0) {
    if (errno == EEXIST) {
      return absl::AlreadyExistsError(absl::StrCat(
          "--out ", path,
          ": exists already; results are never written over others"));
    }
    return absl::ErrnoToStatus(errno, absl::StrCat("--out ", path));
  }
  return path;
}

void RemoveOutputFolder(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

}  // namespace invocator
