#include "common/arrivals/instant_tape.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

constexpr size_t kWriteBytes = size_t{256} * 1024;
constexpr unsigned kBitsPerByte = 7;

absl::Status OfTimestamps(const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      absl::StrCat("timestamps: ", status.message()));
}

}  // namespace

absl::StatusOr<size_t> InstantTape::Read(uint64_t offset, char* buffer,
                                         size_t size) const {
  const size_t wanted =
      std::min<uint64_t>(size, bytes_ - std::min(offset, bytes_));
  absl::Status status = file_->Read(begin_ + offset, buffer, wanted);
  if (!status.ok()) return OfTimestamps(status);
  return wanted;
}

TapeWriter::TapeWriter(std::shared_ptr<TemporaryFile> file, int64_t until_ns)
    : file_(std::move(file)),
      tape_(new InstantTape(file_)),
      until_ns_(until_ns) {}

absl::StatusOr<TapeWriter> TapeWriter::Create(int64_t until_ns) {
  absl::StatusOr<TemporaryFile> file = TemporaryFile::Create("");
  if (!file.ok()) return OfTimestamps(file.status());
  return TapeWriter(std::make_shared<TemporaryFile>(*std::move(file)),
                    until_ns);
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
  if (file_->size() != tape_->begin_ + tape_->bytes_) {
    return absl::FailedPreconditionError(
        "timestamps: two tapes were written to one file at a time");
  }
  absl::Status status = file_->Append(pending_);
  if (!status.ok()) return OfTimestamps(status);
  tape_->bytes_ += pending_.size();
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
          tape_->Read(offset_, piece_.data(), piece_.size());
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
