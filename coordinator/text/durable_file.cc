#include "coordinator/text/durable_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

absl::Status Sync(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, path);
  const int failed = ::fsync(fd) != 0 ? errno : 0;
  ::close(fd);
  // Some file systems cannot do that to a folder, and say so.
  if (failed == 0 || failed == EINVAL || failed == ENOTSUP) {
    return absl::OkStatus();
  }
  return absl::ErrnoToStatus(failed,
                             absl::StrCat(path, ": cannot be written to disk"));
}

}  // namespace

absl::Status ReplaceDurably(const std::string& path, absl::string_view text,
                            Readers readers) {
  const std::string fresh = absl::StrCat(path, ".tmp");
  absl::Status status = WriteTextFile(fresh, text, readers);
  if (status.ok()) status = Sync(fresh, O_RDONLY);
  if (status.ok() && std::rename(fresh.c_str(), path.c_str()) != 0) {
    status =
        absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot be replaced"));
  }
  if (!status.ok()) {
    ::unlink(fresh.c_str());
    return status;
  }
  // The file's name is in the folder, and a new folder's in the one above.
  const std::filesystem::path folder =
      std::filesystem::absolute(path).parent_path();
  status = Sync(folder.string(), O_RDONLY | O_DIRECTORY);
  if (status.ok()) {
    // Not always ours to open; what can be done is done.
    Sync(folder.parent_path().string(), O_RDONLY | O_DIRECTORY).IgnoreError();
  }
  return status;
}

}  // namespace invocator
