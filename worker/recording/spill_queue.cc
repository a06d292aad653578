#include "worker/recording/spill_queue.h"

#include <cstring>
#include <utility>

namespace invocator {

absl::Status SpillQueue::Push(std::string item) {
  if (in_file_ == 0 && held_bytes_ + item.size() <= memory_bytes_) {
    held_bytes_ += item.size();
    memory_.push_back(std::move(item));
    return absl::OkStatus();
  }
  absl::Status status = Append(item);
  if (status.ok()) ++in_file_;
  return status;
}

absl::Status SpillQueue::Append(const std::string& item) {
  if (!file_) {
    absl::StatusOr<TemporaryFile> file = TemporaryFile::Create(folder_);
    if (!file.ok()) return file.status();
    file_.emplace(*std::move(file));
  }
  const uint64_t size = item.size();
  std::string framed(sizeof(size), '\0');
  std::memcpy(framed.data(), &size, sizeof(size));
  framed += item;
  return file_->Append(framed);
}

absl::StatusOr<std::string> SpillQueue::ReadNext() {
  uint64_t size;
  char head[sizeof(size)];
  absl::Status status = file_->Read(read_at_, head, sizeof(head));
  if (!status.ok()) return status;
  std::memcpy(&size, head, sizeof(size));
  std::string item(size, '\0');
  read_at_ += sizeof(head);
  status = file_->Read(read_at_, item.data(), item.size());
  if (!status.ok()) return status;
  read_at_ += size;
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
  in_file_ = item.ok() ? in_file_ - 1 : 0;
  if (in_file_ == 0) {
    read_at_ = 0;
    // The disk gets its room back; the next spilled item makes a new file if
    // this one is of no use.
    if (!item.ok() || !file_->Clear().ok()) file_.reset();
  }
  return item;
}

}  // namespace invocator
