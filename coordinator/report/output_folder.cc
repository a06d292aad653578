#include "coordinator/report/output_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace invocator {

namespace {

// The status of an errno, without a path.
absl::Status Failed(int error) {
  return absl::Status(absl::ErrnoToStatusCode(error),
                      std::generic_category().message(error));
}

absl::Status MakeFolder(const std::filesystem::path& folder, mode_t mode) {
  if (mkdir(folder.c_str(), mode) != 0) return Failed(errno);
  if (faccessat(AT_FDCWD, folder.c_str(), R_OK | W_OK | X_OK, AT_EACCESS) ==
      0) {
    return absl::OkStatus();
  }
  const absl::Status denied = Failed(errno);
  rmdir(folder.c_str());
  return absl::Status(
      denied.code(), absl::StrCat(denied.message(),
                                  " in a folder just made, as the umask says"));
}

// Creates a folder and its missing parents. Unlike std::filesystem's, it stops
// at a parent that cannot be created, and returns that parent's error.
absl::Status CreateFolders(const std::filesystem::path& folder) {
  struct stat status = {};
  if (folder.empty()) return absl::OkStatus();
  if (stat(folder.c_str(), &status) == 0) {
    return S_ISDIR(status.st_mode) ? absl::OkStatus() : Failed(ENOTDIR);
  }
  if (errno != ENOENT) return Failed(errno);
  if (folder.has_relative_path()) {
    absl::Status parents = CreateFolders(folder.parent_path());
    if (!parents.ok()) return parents;
  }
  absl::Status made = MakeFolder(folder, 0777);
  return absl::IsAlreadyExists(made) ? absl::OkStatus() : made;
}

// ALREADY_EXISTS if there is one.
absl::StatusOr<std::string> CreateNew(std::string path,
                                      absl::string_view suffix,
                                      Readers readers) {
  // "a/" is the folder a, not one without a name in it.
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  absl::StrAppend(&path, suffix);
  const std::filesystem::path parent =
      std::filesystem::path(path).parent_path();
  absl::Status made = CreateFolders(parent);
  if (!made.ok()) {
    return absl::Status(made.code(),
                        absl::StrCat("--out ", path, ": ", parent.string(),
                                     " cannot be created: ", made.message()));
  }
  // Not CreateFolders, which accepts an existing folder.
  made = MakeFolder(path, readers == Readers::kOwner ? 0700 : 0777);
  if (absl::IsAlreadyExists(made)) {
    return absl::AlreadyExistsError(absl::StrCat(
        "--out ", path,
        ": exists already; results are never written over others"));
  }
  if (!made.ok()) {
    return absl::Status(made.code(),
                        absl::StrCat("--out ", path, ": ", made.message()));
  }
  return path;
}

}  // namespace

absl::StatusOr<std::string> CreateOutputFolder(const std::string& wanted,
                                               absl::string_view test_name,
                                               absl::Time now,
                                               absl::string_view suffix,
                                               Readers readers) {
  if (!wanted.empty()) return CreateNew(wanted, suffix, readers);
  // Another run may have begun in the same millisecond.
  constexpr int kMostTries = 100;
  absl::StatusOr<std::string> made;
  for (int i = 0; i < kMostTries; ++i) {
    made = CreateNew(absl::StrCat("runs/", test_name, "-",
                                  absl::FormatTime("%Y%m%dT%H%M%E3SZ",
                                                   now + absl::Milliseconds(i),
                                                   absl::UTCTimeZone())),
                     suffix, readers);
    if (!absl::IsAlreadyExists(made.status())) break;
  }
  return made;
}

void RemoveOutputFolder(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

}  // namespace invocator
