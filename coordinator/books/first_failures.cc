#include "coordinator/books/first_failures.h"

#include <iterator>
#include <utility>

#include "common/wire/protocol.h"

namespace invocator {

void FirstFailures::Add(size_t worker, FailureSample sample) {
  const FailureKinds::News news = kinds_.Add(
      sample.reason, {sample.scheduled_ns, sample.instance, sample.sequence});
  if (news.of_reason) {
    failures_[static_cast<size_t>(sample.reason)] = Failure{sample, worker};
  }
  if (!news.of_pair) return;
  sample.canonical_request.clear();
  if (sample.body.size() > kMaxPairBodyBytes) {
    sample.body.resize(kMaxPairBodyBytes);
    sample.body_cut = true;
  }
  const uint64_t pair = FailureKinds::Pair(sample.instance, sample.reason);
  of_pairs_[pair] = {std::move(sample), worker};
  if (of_pairs_.size() > FailureKinds::kMaxPairs) {
    of_pairs_.erase(std::prev(of_pairs_.end()));
  }
}

}  // namespace invocator
