#include "common/base/temporary_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "common/base/environment.h"

namespace invocator {
namespace {

std::string DefaultFolder() {
  std::string folder = ProcessVariable("TMPDIR");
  return folder.empty() ? "/tmp" : folder;
}

std::string InFolder(absl::string_view folder, absl::string_view what) {
  return absl::StrCat("a temporary file in ", folder, ": ", what);
}

}  // namespace

absl::StatusOr<TemporaryFile> TemporaryFile::Create(std::string folder) {
  if (folder.empty()) folder = DefaultFolder();
  std::string name = absl::StrCat(folder, "/invocator-XXXXXX");
  const int fd = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, InFolder(folder, "making it"));
  ::unlink(name.c_str());
  return TemporaryFile(std::move(folder), fd);
}

TemporaryFile::~TemporaryFile() {
  if (fd_ >= 0) ::close(fd_);
}

absl::Status TemporaryFile::Error(absl::string_view what) const {
  return absl::ErrnoToStatus(errno, InFolder(folder_, what));
}

absl::Status TemporaryFile::Append(absl::string_view bytes) {
  for (size_t written = 0; written < bytes.size();) {
    const ssize_t n =
        ::pwrite(fd_, bytes.data() + written, bytes.size() - written,
                 static_cast<off_t>(size_ + written));
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) errno = ENOSPC;
    if (n <= 0) return Error("writing");
    written += static_cast<size_t>(n);
  }
  size_ += bytes.size();
  return absl::OkStatus();
}

absl::Status TemporaryFile::Read(uint64_t offset, char* buffer,
                                 size_t size) const {
  for (size_t got = 0; got < size;) {
    const ssize_t n = ::pread(fd_, buffer + got, size - got,
                              static_cast<off_t>(offset + got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error("reading");
    if (n == 0) {
      return absl::DataLossError(
          InFolder(folder_, "it is shorter than was written"));
    }
    got += static_cast<size_t>(n);
  }
  return absl::OkStatus();
}

absl::Status TemporaryFile::Clear() {
  if (::ftruncate(fd_, 0) != 0) return Error("clearing it");
  size_ = 0;
  return absl::OkStatus();
}

}  // namespace invocator
