#include "common/arrivals/instant_tape.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/environment.h"

namespace invocator {
namespace {

constexpr size_t kWriteBytes = size_t{256} * 1024;
constexpr unsigned kBitsPerByte = 7;

absl::Status FileError(absl::string_view what) {
  return absl::ErrnoToStatus(
      errno, absl::StrCat("the temporary file of timestamps: ", what));
}

absl::StatusOr<int> MakeNamelessFile(const std::string& folder) {
  std::string name = absl::StrCat(folder, "/invocator-timestamps-XXXXXX");
  const int fd = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) {
    return absl::ErrnoToStatus(errno,
                               absl::StrCat(folder,
                                            ": cannot hold a temporary file of "
                                            "timestamps"));
  }
  ::unlink(name.c_str());
  return fd;
}

std::string DefaultFolder() {
  const std::string folder = ProcessVariable("TMPDIR");
  return folder.empty() ? "/tmp" : folder;
}

}  // namespace

InstantTape::~InstantTape() {
  if (fd_ >= 0) ::close(fd_);
}

absl::StatusOr<size_t> InstantTape::Read(uint64_t offset, char* buffer,
                                         size_t size) const {
  const size_t wanted =
      std::min<uint64_t>(size, bytes_ - std::min(offset, bytes_));
  for (size_t got = 0; got < wanted;) {
    const ssize_t n = ::pread(fd_, buffer + got, wanted - got,
                              static_cast<off_t>(offset + got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FileError("reading");
    if (n == 0) {
      return absl::DataLossError(
          "the temporary file of timestamps is shorter than was written");
    }
    got += static_cast<size_t>(n);
  }
  return wanted;
}

absl::StatusOr<TapeWriter> TapeWriter::Create(int64_t until_ns,
                                              const std::string& folder) {
  const absl::StatusOr<int> fd =
      MakeNamelessFile(folder.empty() ? DefaultFolder() : folder);
  if (!fd.ok()) return fd.status();
  TapeWriter writer;
  writer.tape_ = std::shared_ptr<InstantTape>(new InstantTape());
  writer.tape_->fd_ = *fd;
  writer.until_ns_ = until_ns;
  return writer;
}

uint64_t TapeWriter::count() const { return tape_->count_; }
uint64_t TapeWriter::bytes() const { return tape_->bytes_ + pending_.size(); }

absl::Status TapeWriter::Add(int64_t instant_ns) {
  auto delta = static_cast<uint64_t>(instant_ns - tape_->last_ns_);
  while (delta >= 1u << kBitsPerByte) {
    pending_.push_back(static_cast<char>(delta | 1u << kBitsPerByte));
    delta >>= kBitsPerByte;
  }
  pending_.push_back(static_cast<char>(delta));
  tape_->last_ns_ = instant_ns;
  ++tape_->count_;
  return pending_.size() < kWriteBytes ? absl::OkStatus() : Flush();
}

absl::Status TapeWriter::Append(absl::string_view bytes) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (delta_bytes_ == kMaxDeltaBytes) {
      return absl::InvalidArgumentError(absl::StrCat(
          "an instant takes more than ", kMaxDeltaBytes, " bytes"));
    }
    delta_ |= uint64_t{byte & 0x7fu} << (kBitsPerByte * delta_bytes_++);
    if (byte >> kBitsPerByte != 0) continue;
    // Below 2^63 each: the sum does not overflow.
    const uint64_t instant_ns = static_cast<uint64_t>(tape_->last_ns_) + delta_;
    if (instant_ns >= static_cast<uint64_t>(until_ns_)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "an instant at ", instant_ns, " ns, expected less than ", until_ns_));
    }
    tape_->last_ns_ = static_cast<int64_t>(instant_ns);
    ++tape_->count_;
    delta_ = 0;
    delta_bytes_ = 0;
  }
  absl::StrAppend(&pending_, bytes);
  return pending_.size() < kWriteBytes ? absl::OkStatus() : Flush();
}

absl::Status TapeWriter::Flush() {
  absl::string_view rest = pending_;
  while (!rest.empty()) {
    const ssize_t n = ::pwrite(tape_->fd_, rest.data(), rest.size(),
                               static_cast<off_t>(tape_->bytes_));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return FileError("writing");
    rest.remove_prefix(static_cast<size_t>(n));
    tape_->bytes_ += static_cast<uint64_t>(n);
  }
  pending_.clear();
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const InstantTape>> TapeWriter::Finish() && {
  if (delta_bytes_ > 0) {
    return absl::InvalidArgumentError("the last instant is incomplete");
  }
  absl::Status status = Flush();
  if (!status.ok()) return status;
  return std::shared_ptr<const InstantTape>(std::move(tape_));
}

std::optional<int64_t> TapeReader::Next() {
  uint64_t delta = 0;
  for (unsigned shift = 0;; shift += kBitsPerByte) {
    if (at_ == size_) {
      const absl::StatusOr<size_t> size =
          tape_->Read(offset_, piece_.data(), kPieceBytes);
      if (!size.ok() || *size == 0) return std::nullopt;
      size_ = *size;
      offset_ += size_;
      at_ = 0;
    }
    const auto byte = static_cast<unsigned char>(piece_[at_++]);
    delta |= uint64_t{byte & 0x7fu} << shift;
    if (byte >> kBitsPerByte == 0) break;
  }
  instant_ns_ += static_cast<int64_t>(delta);
  return instant_ns_;
}

}  // namespace invocator
