// Temporary file without a name: it disappears with its object, however the
// process ends.
//
// Errors name the folder; they are the system's, and DATA_LOSS if the file is
// shorter than what was written. Reading is safe from several threads, also
// while another one appends; appending belongs to one thread.
#ifndef INVOCATOR_COMMON_BASE_TEMPORARY_FILE_H_
#define INVOCATOR_COMMON_BASE_TEMPORARY_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace invocator {

class TemporaryFile {
 public:
  // `folder`: empty: TMPDIR, else /tmp.
  static absl::StatusOr<TemporaryFile> Create(std::string folder);
  ~TemporaryFile();
  TemporaryFile(TemporaryFile&& other) noexcept
      : folder_(std::move(other.folder_)),
        fd_(std::exchange(other.fd_, -1)),
        size_(other.size_) {}
  TemporaryFile& operator=(TemporaryFile&&) = delete;

  // Number of bytes appended.
  uint64_t size() const { return size_; }

  // After an error the size is unchanged.
  absl::Status Append(absl::string_view bytes);
  // Fills the buffer with appended bytes.
  absl::Status Read(uint64_t offset, char* buffer, size_t size) const;
  // Empties the file and frees its space on the disk.
  absl::Status Clear();

 private:
  TemporaryFile(std::string folder, int fd)
      : folder_(std::move(folder)), fd_(fd) {}
  // Status of errno.
  absl::Status Error(absl::string_view what) const;

  std::string folder_;
  int fd_;
  uint64_t size_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_BASE_TEMPORARY_FILE_H_
