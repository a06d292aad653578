#include "coordinator/first_failures.h"

#include <tuple>

#include "absl/strings/str_cat.h"
#include "common/protocol.h"
#include "common/record_codec.h"

namespace invocator {

absl::Status FirstFailures::Check(const wire::FailureSample& sample,
                                  size_t instances) {
  if (sample.reason() == 0 || sample.reason() >= kReasons ||
      sample.instance() >= instances || sample.status() > 999 ||
      sample.scheduled_ns() < 0 || sample.scheduled_ns() > kMaxRecordNs ||
      sample.date_ahead_s() < -kMaxDateAheadS ||
      sample.date_ahead_s() > kMaxDateAheadS ||
      sample.body().size() > kMaxFailureBodyBytes ||
      sample.canonical_request().size() > kMaxCanonicalBytes ||
      sample.error_type().size() > kMaxErrorTypeBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "progress tells of a failure that cannot be: reason ", sample.reason(),
        " of ", kReasons, ", instance ", sample.instance(), " of ", instances,
        ", status ", sample.status(), ", a body of ", sample.body().size(),
        " bytes"));
  }
  return absl::OkStatus();
}

void FirstFailures::Add(size_t worker, const wire::FailureSample& sample) {
  std::optional<Failure>& known = failures_[sample.reason()];
  const auto order = [](const wire::FailureSample& s) {
    return std::make_tuple(s.scheduled_ns(), s.instance(), s.sequence());
  };
  if (!known || order(sample) < order(known->sample)) {
    known = Failure{sample, worker};
  }
}

}  // namespace invocator
