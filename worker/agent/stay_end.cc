#include "worker/agent/stay_end.h"

#include "absl/strings/str_cat.h"
#include "common/words/listing.h"

namespace invocator {

absl::Status AskedToStop() {
  return absl::CancelledError("the worker was asked to stop");
}

absl::Status NotReplaced() {
  return absl::AbortedError(
      "asked to stop before the start: no other worker is known to play "
      "this worker's share");
}

absl::Status LeaseEnded() {
  return absl::AbortedError(
      "the lease ended before all that was planned for this worker was sent");
}

absl::Status CoordinatorGone(size_t reports) {
  return absl::UnavailableError(absl::StrCat("the coordinator is gone; ",
                                             CountedWere(reports, "report"),
                                             " not delivered"));
}

absl::Status EndedEarly(bool assigned) {
  return absl::FailedPreconditionError(
      absl::StrCat("the coordinator ended the stream before ",
                   assigned ? "the run was over" : "it had assigned anything"));
}

absl::Status OutOfOrder(absl::string_view message) {
  return absl::InvalidArgumentError(
      absl::StrCat("the coordinator sent ", message, " out of order"));
}

}  // namespace invocator
