#include "coordinator/text/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "coordinator/text/open_file.h"

namespace invocator {
namespace {

// A file cut short would be taken for a whole one.
absl::Status RemoveAfter(absl::Status error, const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(path, ignored)) {
    std::filesystem::remove(path, ignored);
  }
  return error;
}

// As much as the file claims to hold, and one byte to see its end; a pipe
// claims nothing.
size_t FirstStep(const struct stat& status) {
  return static_cast<size_t>(std::max<off_t>(status.st_size, 65536)) + 1;
}

// `name` is for messages.
absl::StatusOr<std::string> ReadToEnd(int fd, const std::string& name,
                                      size_t max_bytes) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) return SystemError(name, "read");
  if (S_ISDIR(status.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, ": is a folder, expected a file"));
  }
  std::string text;
  size_t size = 0;
  while (true) {
    if (size == text.size()) {
      const size_t step = size > 0 ? size : FirstStep(status);
      // One byte more than allowed tells a file that is too long.
      text.resize(std::min(size + step, max_bytes + 1));
    }
    const ssize_t got = ::read(fd, &text[size], text.size() - size);
    if (got < 0) {
      if (errno == EINTR) continue;
      return SystemError(name, "read");
    }
    if (got == 0) break;
    size += static_cast<size_t>(got);
    if (size > max_bytes) {
      return absl::InvalidArgumentError(absl::StrCat(
          name, ": is too large, expected at most ", max_bytes, " bytes"));
    }
  }
  text.resize(size);
  return text;
}

// `name` is for messages.
absl::Status WriteAll(OpenFile& file, const std::string& name,
                      absl::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(file.fd(), text.data(), text.size());
    if (put < 0) {
      if (errno == EINTR) continue;
      return SystemError(name, "written");
    }
    text.remove_prefix(static_cast<size_t>(put));
  }
  // Some file systems report a full disk only here.
  return file.Close() == 0 ? absl::OkStatus() : SystemError(name, "written");
}

}  // namespace

absl::StatusOr<std::string> ReadTextFile(const std::string& path,
                                         size_t max_bytes) {
  const OpenFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.fd() < 0) return SystemError(path, "opened");
  return ReadToEnd(file.fd(), path, max_bytes);
}

absl::StatusOr<std::string> ReadStandardInput(size_t max_bytes) {
  return ReadToEnd(STDIN_FILENO, "standard input", max_bytes);
}

bool IsPrivateFile(const std::string& path) {
  constexpr mode_t kReadByAll = S_IRGRP | S_IROTH;
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 &&
         (status.st_mode & kReadByAll) != kReadByAll;
}

absl::Status WriteTextFile(const std::string& path, absl::string_view text,
                           Readers readers) {
  const bool is_private = readers == Readers::kOwner;
  OpenFile file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                       is_private ? 0600 : 0666));
  if (file.fd() < 0) return SystemError(path, "created");
  // It may have been there.
  if (is_private && ::fchmod(file.fd(), 0600) != 0) {
    return SystemError(path, "made private");
  }
  absl::Status status = WriteAll(file, path, text);
  return status.ok() ? status : RemoveAfter(std::move(status), path);
}

absl::Status WriteNewTextFile(const std::string& path, const std::string& name,
                              absl::string_view text, Readers readers) {
  OpenFile file(::open(path.c_str(),
                       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                       readers == Readers::kOwner ? 0600 : 0666));
  if (file.fd() < 0) return SystemError(name, "created");
  absl::Status status = WriteAll(file, name, text);
  return status.ok() ? status : RemoveAfter(std::move(status), path);
}

absl::Status AppendTextFile(const std::string& path, absl::string_view text,
                            Readers readers) {
  OpenFile file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
                       readers == Readers::kOwner ? 0600 : 0666));
  if (file.fd() < 0) return SystemError(path, "opened");
  return WriteAll(file, path, text);
}

}  // namespace invocator
