#include "worker/recording/spill_queue.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

absl::Status WriteAll(int fd, const char* data, size_t size, int64_t at) {
  while (size > 0) {
    const ssize_t n = pwrite(fd, data, size, at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return absl::ErrnoToStatus(errno, "writing");
    data += n;
    at += n;
    size -= static_cast<size_t>(n);
  }
  return absl::OkStatus();
}

absl::Status ReadAll(int fd, char* data, size_t size, int64_t at) {
  while (size > 0) {
    const ssize_t n = pread(fd, data, size, at);
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) return absl::DataLossError("it is shorter than was written");
    if (n < 0) return absl::ErrnoToStatus(errno, "reading");
    data += n;
    at += n;
    size -= static_cast<size_t>(n);
  }
  return absl::OkStatus();
}

}  // namespace

SpillQueue::~SpillQueue() { CloseFile(); }

void SpillQueue::CloseFile() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
  read_at_ = write_at_ = 0;
}

absl::Status SpillQueue::Push(std::string item) {
  if (in_file_ == 0 && held_bytes_ + item.size() <= memory_bytes_) {
    held_bytes_ += item.size();
    memory_.push_back(std::move(item));
    return absl::OkStatus();
  }
  absl::Status status = Append(item);
  if (status.ok()) {
    ++in_file_;
    return status;
  }
  return absl::Status(
      status.code(),
      absl::StrCat("a temporary file in ", folder_, ": ", status.message()));
}

absl::Status SpillQueue::Append(const std::string& item) {
  if (fd_ < 0) {
    std::string name = folder_ + "/invocator-worker-XXXXXX";
    fd_ = mkostemp(name.data(), O_CLOEXEC);
    if (fd_ < 0) return absl::ErrnoToStatus(errno, "making it");
    unlink(name.c_str());
  }
  const uint64_t size = item.size();
  char head[sizeof(size)];
  std::memcpy(head, &size, sizeof(size));
  absl::Status status = WriteAll(fd_, head, sizeof(head), write_at_);
  if (status.ok()) {
    status = WriteAll(fd_, item.data(), item.size(),
                      write_at_ + static_cast<int64_t>(sizeof(head)));
  }
  if (!status.ok()) return status;
  write_at_ += static_cast<int64_t>(sizeof(head) + item.size());
  return status;
}

absl::StatusOr<std::string> SpillQueue::ReadNext() {
  uint64_t size;
  char head[sizeof(size)];
  absl::Status status = ReadAll(fd_, head, sizeof(head), read_at_);
  if (!status.ok()) return status;
  std::memcpy(&size, head, sizeof(size));
  std::string item(size, '\0');
  read_at_ += static_cast<int64_t>(sizeof(head));
  status = ReadAll(fd_, item.data(), item.size(), read_at_);
  if (!status.ok()) return status;
  read_at_ += static_cast<int64_t>(size);
  return item;
}

absl::StatusOr<std::string> SpillQueue::Pop() {
  if (!memory_.empty()) {
    std::string item = std::move(memory_.front());
    memory_.pop_front();
    held_bytes_ -= item.size();
    return item;
  }
  absl::StatusOr<std::string> item = ReadNext();
  if (!item.ok()) {
    in_file_ = 0;
    CloseFile();
    return absl::Status(item.status().code(),
                        absl::StrCat("a temporary file in ", folder_, ": ",
                                     item.status().message()));
  }
  if (--in_file_ == 0) {
    // The disk gets its room back.
    read_at_ = write_at_ = 0;
    if (ftruncate(fd_, 0) != 0) CloseFile();
  }
  return item;
}

}  // namespace invocator
