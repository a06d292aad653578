#include "worker/recording/outbox.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace invocator {

absl::Status Outbox::Add(wire::Report report) {
  report.set_number(last_number_ + 1);
  const bool is_next = waiting_.empty();
  absl::Status status = waiting_.Push(report.SerializeAsString());
  if (!status.ok()) return status;
  ++last_number_;
  if (is_next) *next_.emplace().mutable_report() = std::move(report);
  return status;
}

absl::StatusOr<std::optional<wire::WorkerMessage>> Outbox::Next() {
  if (sent_bytes_ >= under_way_limit_) return std::nullopt;
  if (sent_ == under_way_.size()) {
    if (waiting_.empty()) return std::nullopt;
    absl::StatusOr<std::string> item = waiting_.Pop();
    std::optional<wire::WorkerMessage> message =
        std::exchange(next_, std::nullopt);
    if (!item.ok()) return item.status();
    under_way_.push_back(*std::move(item));
    if (message) {
      sent_bytes_ += under_way_[sent_++].size();
      return message;
    }
  }
  const std::string& item = under_way_[sent_++];
  sent_bytes_ += item.size();
  wire::WorkerMessage message;
  if (!message.mutable_report()->ParseFromString(item)) {
    return absl::DataLossError("a report that was kept cannot be read again");
  }
  return message;
}

absl::Status Outbox::OnAck(uint64_t number) {
  if (number < first_number_ - 1 || number >= first_number_ + sent_) {
    return absl::InvalidArgumentError(
        absl::StrCat("the coordinator acknowledged report ", number, ", of ",
                     first_number_ + sent_ - 1, " sent"));
  }
  while (first_number_ <= number) {
    sent_bytes_ -= under_way_.front().size();
    under_way_.pop_front();
    --sent_;
    ++first_number_;
  }
  return absl::OkStatus();
}

absl::Status Outbox::OnResume(uint64_t number) {
  absl::Status status = OnAck(number);
  if (!status.ok()) return status;
  sent_ = 0;
  sent_bytes_ = 0;
  return absl::OkStatus();
}

}  // namespace invocator
