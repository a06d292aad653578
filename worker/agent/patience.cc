#include "worker/agent/patience.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

int64_t After(absl::Duration length, int64_t now_ns) {
  int64_t instant_ns;
  return __builtin_add_overflow(now_ns, absl::ToInt64Nanoseconds(length),
                                &instant_ns)
             ? INT64_MAX  // for ever
             : instant_ns;
}

}  // namespace

void Patience::Await(absl::string_view what, absl::Duration length,
                     int64_t now_ns) {
  what_ = what;
  deadline_ns_ = std::min(After(length, now_ns), last_ns_);
}

void Patience::Rest() {
  what_ = "";
  deadline_ns_ = last_ns_;
}

void Patience::Limit(absl::string_view what, absl::Duration length,
                     int64_t now_ns) {
  last_what_ = what;
  last_ns_ = std::min(last_ns_, After(length, now_ns));
  deadline_ns_ = std::min(deadline_ns_, last_ns_);
}

absl::Status Patience::Error() const {
  return absl::DeadlineExceededError(absl::StrCat(
      "the coordinator took too long ", what_.empty() ? last_what_ : what_));
}

}  // namespace invocator
