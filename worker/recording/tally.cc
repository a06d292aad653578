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
    : bins_(plan.duration_s),
      warmup_ns_(plan.WarmupNs()),
      blocking_(plan.blocking),
      seed_(plan.seed),
      record_ratio_(record_ratio),
      keeps_totals_(plan.instances.size() <= kMostKept),
      instances_(plan.instances.size()) {
  for (size_t i = 0; i < instances_.size(); ++i) {
    instances_[i].name_hash = HashName(plan.instances[i].name);
  }
}

void Tally::Add(absl::Span<const Record> some, RecordEncoder& records) {
  if (record_ratio_ >= 1) records.Add(some);
  for (const Record& record : some) {
    const uint64_t name_hash = Count(record);
    if (record_ratio_ < 1 &&
        IsSampled(name_hash, seed_, record.sequence, record_ratio_)) {
      records.Add(record);
    }
  }
}

Tally::Counts& Tally::Touch(InstanceTally& tally, int64_t scheduled_ns) {
  PhaseTally& phase = scheduled_ns < warmup_ns_ ? tally.warmup : tally.measured;
  phase.touched = true;
  if (phase.counts == nullptr) [[unlikely]] {
    phase.counts = std::make_unique<Counts>();
  }
  return *phase.counts;
}

void Tally::AddDropped(const DroppedCall& call) {
  Touch(instances_[call.instance], call.scheduled_ns)
      .bins.AddDropped(call.scheduled_ns, bins_, pool_);
}

void Tally::AddFailure(const FailureSample& failure) {
  const FailureKinds::News news =
      kinds_.Add(failure.reason,
                 {failure.scheduled_ns, failure.instance, failure.sequence});
  if (!news.any()) return;
  failures_[FailureKinds::Pair(failure.instance, failure.reason)] = failure;
}

uint64_t Tally::Count(const Record& record) {
  InstanceTally& tally = instances_[record.instance];
  Counts& counts = Touch(tally, record.scheduled_ns);
  counts.bins.Add(record, bins_, pool_);
  counts.totals.AddRest(
      record, DigestTerm(tally.name_hash, record.sequence, record.scheduled_ns),
      blocking_);
  return tally.name_hash;
}

bool Tally::TakeDeltas(size_t enough_bytes, ProgressWriter progress) {
  while (!failures_.empty()) {
    if (progress.bytes() >= enough_bytes) return true;
    progress.AddFailure(failures_.begin()->second);
    failures_.erase(failures_.begin());
  }
  for (size_t i = 0; i < instances_.size(); ++i) {
    InstanceTally& tally = instances_[i];
    for (const bool warmup : {true, false}) {
      PhaseTally& phase = warmup ? tally.warmup : tally.measured;
      if (!phase.touched) continue;
      if (progress.bytes() >= enough_bytes) return true;
      Take(static_cast<uint32_t>(i), warmup, phase, progress);
    }
  }
  return false;
}

void Tally::Take(uint32_t instance, bool warmup, PhaseTally& tally,
                 ProgressWriter& progress) {
  progress.BeginTotals(instance, warmup, tally.counts->totals);
  tally.counts->bins.TakeBins(progress, pool_);
  tally.touched = false;
  if (keeps_totals_) {
    tally.counts->totals.Clear();
  } else {
    tally.counts.reset();
  }
}

}  // namespace invocator
