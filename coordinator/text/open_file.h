// Owner of a file descriptor, and errors that name the file.
//
// Thread-compatible.
#ifndef INVOCATOR_COORDINATOR_TEXT_OPEN_FILE_H_
#define INVOCATOR_COORDINATOR_TEXT_OPEN_FILE_H_

#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace invocator {

class OpenFile {
 public:
  // Takes the descriptor; negative: none.
  explicit OpenFile(int fd) : fd_(fd) {}
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int fd() const { return fd_; }
  // As close(2). REQUIRES: fd() >= 0
  int Close() { return ::close(std::exchange(fd_, -1)); }

 private:
  int fd_;
};

// errno as "<path>: cannot be <what>: ...".
inline absl::Status SystemError(const std::string& path,
                                absl::string_view what) {
  return absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot be ", what));
}

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TEXT_OPEN_FILE_H_
