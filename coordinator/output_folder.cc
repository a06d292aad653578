#include "coordinator/output_folder.h"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace invocator {

namespace {

// With its parents, as far as they are not there; 0 or an errno. Unlike
// std::filesystem's it does not go on after a parent that cannot be created,
// whose reason is the one that counts.
int CreateFolders(const std::filesystem::path& folder) {
  struct stat status = {};
  if (folder.empty()) return 0;
  if (stat(folder.c_str(), &status) == 0) {
    return S_ISDIR(status.st_mode) ? 0 : ENOTDIR;
  }
  if (errno != ENOENT) return errno;
  if (folder.has_relative_path()) {
    const int failed = CreateFolders(folder.parent_path());
    if (failed != 0) return failed;
  }
  return mkdir(folder.c_str(), 0777) == 0 || errno == EEXIST ? 0 : errno;
}

}  // namespace

absl::StatusOr<std::string> CreateOutputFolder(const std::string& wanted,
                                               absl::string_view test_name,
                                               absl::Time now,
                                               absl::string_view suffix,
                                               Readers readers) {
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
  const int failed = CreateFolders(parent);
  if (failed != 0) {
    return absl::ErrnoToStatus(
        failed, absl::StrCat("--out ", path, ": ", parent.string(),
                             " cannot be created"));
  }
  // mkdir, not create_directories: it says whether the folder was there.
  if (mkdir(path.c_str(), readers == Readers::kOwner ? 0700 : 0777) != 0) {
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
