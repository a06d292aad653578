#include "coordinator/text/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "coordinator/text/open_file.h"

namespace invocator {

absl::StatusOr<ByteSource> OpenPlainFile(const std::string& path) {
  // Not blocking: opening a pipe would wait for its writer.
  const auto file = std::make_shared<OpenFile>(
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file->fd() < 0) return SystemError(path, "opened");
  struct stat status = {};
  if (::fstat(file->fd(), &status) != 0) return SystemError(path, "read");
  if (!S_ISREG(status.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": is ",
                     S_ISDIR(status.st_mode) ? "a folder" : "a pipe or device",
                     ", expected a file"));
  }
  return [file, path](char* into, size_t most) -> absl::StatusOr<size_t> {
    while (true) {
      const ssize_t got = ::read(file->fd(), into, most);
      if (got >= 0) return static_cast<size_t>(got);
      if (errno != EINTR) return SystemError(path, "read");
    }
  };
}

ByteSource TextSource(absl::string_view text) {
  const auto rest = std::make_shared<absl::string_view>(text);
  return [rest](char* into, size_t most) -> absl::StatusOr<size_t> {
    const size_t size = std::min(most, rest->size());
    std::copy_n(rest->data(), size, into);
    rest->remove_prefix(size);
    return size;
  };
}

}  // namespace invocator
