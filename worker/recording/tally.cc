#include "worker/recording/tally.h"

#include "common/plan/digest.h"
#include "common/plan/sampling.h"

namespace invocator {
namespace {

// Up to so many instances, totals and the cells of their histograms are kept
// from one delta to the next. With more, that would cost 24 KB for each
// instance that was ever busy.
constexpr size_t kMostKept = 1'000;

}  // namespace

Tally::Tally(const Plan& plan, double record_ratio)
    : blocking_(plan.blocking),
      seed_(plan.seed),
      record_ratio_(record_ratio),
      keeps_totals_(plan.instances.size() <= kMostKept),
      instances_(plan.instances.size()) {
  for (size_t i = 0; i < instances_.size(); ++i) {
    instances_[i].name_hash = HashName(plan.instances[i].name);
  }
}

void Tally::Add(absl::Span<const Record> some, RecordEncoder& records) {
  for (const Record& record : some) Add(record, records);
}

Totals& Tally::Touch(InstanceTally& tally) {
  tally.touched = true;
  if (tally.totals == nullptr) [[unlikely]] {
    tally.totals = std::make_unique<Totals>();
  }
  return *tally.totals;
}

void Tally::AddDropped(uint32_t instance, uint64_t count) {
  Touch(instances_[instance]).dropped += count;
}

void Tally::AddFailure(const FailureSample& failure) {
  const FailureKinds::News news =
      kinds_.Add(failure.reason,
                 {failure.scheduled_ns, failure.instance, failure.sequence});
  if (!news.any()) return;
  failures_[FailureKinds::Pair(failure.instance, failure.reason)] = failure;
}

void Tally::Add(const Record& record, RecordEncoder& records) {
  InstanceTally& tally = instances_[record.instance];
  Touch(tally).Add(
      record, DigestTerm(tally.name_hash, record.sequence, record.scheduled_ns),
      blocking_);
  if (IsSampled(tally.name_hash, seed_, record.sequence, record_ratio_)) {
    records.Add(record);
  }
}

bool Tally::TakeDeltas(size_t enough_bytes, ProgressWriter progress) {
  while (!failures_.empty()) {
    if (progress.bytes() >= enough_bytes) return true;
    progress.AddFailure(failures_.begin()->second);
    failures_.erase(failures_.begin());
  }
  for (size_t i = 0; i < instances_.size(); ++i) {
    InstanceTally& tally = instances_[i];
    if (!tally.touched) continue;
    if (progress.bytes() >= enough_bytes) return true;
    progress.AddTotals(static_cast<uint32_t>(i), *tally.totals);
    tally.touched = false;
    if (keeps_totals_) {
      tally.totals->Clear();
    } else {
      tally.totals.reset();
    }
  }
  return false;
}

}  // namespace invocator
