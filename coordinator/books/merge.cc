#include "coordinator/books/merge.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

template <typename... Args>
absl::Status Invalid(const Args&... args) {
  return absl::InvalidArgumentError(absl::StrCat("progress ", args...));
}

}  // namespace

Merger::Merger(std::vector<uint64_t> planned, size_t workers)
    : planned_(std::move(planned)),
      instances_(planned_.size()),
      workers_(workers),
      touched_(workers, std::vector<uint64_t>(planned_.size())),
      limits_(workers) {}

uint64_t Merger::Left(size_t worker, size_t instance) const {
  const std::vector<uint64_t>& limits = limits_[worker];
  const uint64_t limit = limits.empty() ? planned_[instance] : limits[instance];
  return limit - std::min(limit, touched_[worker][instance]);
}

absl::Status Merger::Check(size_t worker, const TotalsDelta& delta) const {
  const size_t instance = delta.instance();
  if (instance >= planned_.size()) {
    return Invalid("names instance ", instance, " of ", planned_.size());
  }
  return delta.Check(Left(worker, instance));
}

absl::Status Merger::Add(size_t worker, const ProgressReader& progress) {
  absl::flat_hash_set<uint32_t> seen;
  for (size_t i = 0; i < progress.size(); ++i) {
    const TotalsDelta delta = progress.totals(i);
    if (absl::Status status = Check(worker, delta); !status.ok()) {
      return status;
    }
    if (!seen.insert(delta.instance()).second) {
      return Invalid("names instance ", delta.instance(), " twice");
    }
  }
  auto failures = progress.Failures(planned_.size());
  if (!failures.ok()) return failures.status();
  for (const FailureSample& sample : *failures) {
    if (sample.sequence >= planned_[sample.instance]) {
      return Invalid("reports a failure of instance ", sample.instance, " #",
                     sample.sequence, " of ", planned_[sample.instance]);
    }
  }
  for (size_t i = 0; i < progress.size(); ++i) {
    const TotalsDelta delta = progress.totals(i);
    touched_[worker][delta.instance()] += delta.sent() + delta.dropped();
    delta.AddTo(instances_[delta.instance()]);
    delta.AddToWorker(workers_[worker]);
  }
  for (FailureSample& sample : *failures) {
    failures_.Add(worker, std::move(sample));
  }
  return absl::OkStatus();
}

Totals Merger::Total() const {
  Totals total;
  for (const Totals& instance : instances_) total.Merge(instance);
  return total;
}

}  // namespace invocator
