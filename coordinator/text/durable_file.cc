#include "coordinator/text/durable_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <random>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

// `name` is for messages.
absl::Status Sync(const std::string& path, const std::string& name, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, name);
  const int failed = ::fsync(fd) != 0 ? errno : 0;
  ::close(fd);
  // Some file systems cannot do that to a folder, and say so.
  if (failed == 0 || failed == EINVAL || failed == ENOTSUP) {
    return absl::OkStatus();
  }
  return absl::ErrnoToStatus(failed,
                             absl::StrCat(name, ": cannot be written to disk"));
}

// Writes a file beside `path`; returns its path.
absl::StatusOr<std::string> WriteBeside(const std::string& path,
                                        absl::string_view text,
                                        Readers readers) {
  // More than one only if the random numbers are poor.
  constexpr int kMostTries = 100;
  std::random_device random;
  absl::Status status;
  for (int i = 0; i < kMostTries; ++i) {
    std::string fresh =
        absl::StrCat(path, ".", absl::Hex(random(), absl::kZeroPad8), ".tmp");
    status = WriteNewTextFile(fresh, path, text, readers);
    if (status.ok()) return fresh;
    if (!absl::IsAlreadyExists(status)) break;
  }
  return status;
}

}  // namespace

absl::Status ReplaceDurably(const std::string& path, absl::string_view text,
                            Readers readers) {
  const absl::StatusOr<std::string> fresh = WriteBeside(path, text, readers);
  if (!fresh.ok()) return fresh.status();
  absl::Status status = Sync(*fresh, path, O_RDONLY);
  if (status.ok() && std::rename(fresh->c_str(), path.c_str()) != 0) {
    status =
        absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot be replaced"));
  }
  if (!status.ok()) {
    ::unlink(fresh->c_str());
    return status;
  }
  // The file's name is in the folder, and a new folder's in the one above.
  const std::filesystem::path folder =
      std::filesystem::absolute(path).parent_path();
  status = Sync(folder.string(), folder.string(), O_RDONLY | O_DIRECTORY);
  if (status.ok()) {
    // Not always ours to open; what can be done is done.
    const std::string above = folder.parent_path().string();
    Sync(above, above, O_RDONLY | O_DIRECTORY).IgnoreError();
  }
  return status;
}

}  // namespace invocator
