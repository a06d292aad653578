#include "coordinator/books/first_failures.h"

#include <iterator>

#include "absl/strings/str_cat.h"
#include "common/wire/protocol.h"
#include "common/wire/record_codec.h"
#include "common/words/listing.h"

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
      sample.error_type().size() > kMaxErrorTypeBytes ||
      sample.detail().size() > kMaxFailureDetailBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "progress reports an invalid failure: reason ", sample.reason(), " of ",
        kReasons, ", instance ", sample.instance(), " of ", instances,
        ", status ", sample.status(), ", a body of ",
        Counted(sample.body().size(), "byte")));
  }
  return absl::OkStatus();
}

void FirstFailures::Add(size_t worker, const wire::FailureSample& sample) {
  const auto reason = static_cast<Reason>(sample.reason());
  const FailureKinds::News news = kinds_.Add(
      reason, {sample.scheduled_ns(), sample.instance(), sample.sequence()});
  if (news.of_reason) failures_[sample.reason()] = Failure{sample, worker};
  if (!news.of_pair) return;
  Failure& failure = of_pairs_[FailureKinds::Pair(sample.instance(), reason)];
  failure = {sample, worker};
  wire::FailureSample& kept = failure.sample;
  kept.clear_canonical_request();
  if (kept.body().size() > kMaxPairBodyBytes) {
    kept.mutable_body()->resize(kMaxPairBodyBytes);
    kept.set_body_cut(true);
  }
  if (of_pairs_.size() > FailureKinds::kMaxPairs) {
    of_pairs_.erase(std::prev(of_pairs_.end()));
  }
}

}  // namespace invocator
