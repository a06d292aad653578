#include "worker/recording/tally.h"

#include <algorithm>
#include <utility>

#include "common/plan/digest.h"
#include "common/plan/sampling.h"
#include "common/wire/histogram_codec.h"

namespace invocator {
namespace {

// Up to so many instances, histograms keep their cells from one delta to the
// next. With more, that would cost 24 KB for each instance that was ever busy.
constexpr size_t kMostWithCells = 1'000;

}  // namespace

Tally::Tally(const Plan& plan, double record_ratio)
    : blocking_(plan.blocking),
      seed_(plan.seed),
      record_ratio_(record_ratio),
      keeps_cells_(plan.instances.size() <= kMostWithCells),
      instances_(plan.instances.size()) {
  for (size_t i = 0; i < instances_.size(); ++i) {
    instances_[i].name_hash = HashName(plan.instances[i].name);
  }
}

void Tally::Add(absl::Span<const Record> some, RecordEncoder& records) {
  for (const Record& record : some) Add(record, records);
}

void Tally::AddDropped(uint32_t instance, uint64_t count) {
  instances_[instance].dropped += count;
  instances_[instance].touched = true;
}

void Tally::AddFailure(const wire::FailureSample& failure) {
  const auto reason = static_cast<Reason>(failure.reason());
  const FailureKinds::News news = kinds_.Add(
      reason, {failure.scheduled_ns(), failure.instance(), failure.sequence()});
  if (!news.any()) return;
  failures_[FailureKinds::Pair(failure.instance(), reason)] = failure;
}

void Tally::Add(const Record& record, RecordEncoder& records) {
  InstanceTally& tally = instances_[record.instance];
  tally.touched = true;
  ++tally.sent;
  ++tally.outcomes[static_cast<size_t>(record.outcome)];
  tally.sent_digest +=
      DigestTerm(tally.name_hash, record.sequence, record.scheduled_ns);
  tally.lateness.Add(record.LatenessNs());
  // What never ended has no latency; that it is missing shows in the outcomes.
  if (record.outcome != Outcome::kAborted) {
    tally.service.Add(record.ServiceNs());
    tally.response.Add(record.ResponseNs());
  }
  if (record.reason != Reason::kNone) {
    if (tally.reasons == nullptr) {
      tally.reasons = std::make_unique<ReasonCounts>();
    }
    ++(*tally.reasons)[static_cast<size_t>(record.reason)];
  }
  const bool has_init = record.init_us != Record::kUnknown;
  if (blocking_ || has_init || record.warmth != Warmth::kUnknown) {
    if (tally.rare == nullptr) tally.rare = std::make_unique<Rare>();
    Rare& rare = *tally.rare;
    if (record.warmth == Warmth::kCold) {
      rare.cold_service.Add(record.ServiceNs());
      rare.cold_response.Add(record.ResponseNs());
    } else if (record.warmth == Warmth::kWarm) {
      rare.warm_service.Add(record.ServiceNs());
      rare.warm_response.Add(record.ResponseNs());
    }
    if (has_init) rare.init.Add(record.init_us * 1'000);
    if (blocking_) {
      rare.own_lateness.Add(record.LatenessNs() - record.blocked_ns);
      rare.blocked.Add(record.blocked_ns);
    }
  }
  if (record.billed_ms != Record::kUnknown) {
    const auto billed_ms = static_cast<uint64_t>(record.billed_ms);
    ++tally.billed_count;
    tally.billed_ms += billed_ms;
    tally.billed_mb_ms += billed_ms * record.memory_mb;
    tally.memory_used_mb =
        std::max<uint64_t>(tally.memory_used_mb, record.memory_used_mb);
  }
  if (IsSampled(tally.name_hash, seed_, record.sequence, record_ratio_)) {
    records.Add(record);
  }
}

bool Tally::TakeDeltas(size_t enough_bytes, wire::Progress& progress) {
  size_t bytes = 0;
  while (!failures_.empty()) {
    if (bytes >= enough_bytes) return true;
    wire::FailureSample& failure = *progress.add_failures();
    failure = std::move(failures_.extract(failures_.begin()).mapped());
    bytes += failure.ByteSizeLong();
  }
  for (size_t i = 0; i < instances_.size(); ++i) {
    if (!instances_[i].touched) continue;
    if (bytes >= enough_bytes) return true;
    wire::InstanceDelta& delta = *progress.add_instances();
    TakeDelta(i, delta);
    bytes += delta.ByteSizeLong();
  }
  return false;
}

void Tally::TakeDelta(size_t instance, wire::InstanceDelta& delta) {
  InstanceTally& tally = instances_[instance];
  tally.touched = false;
  delta.set_instance(static_cast<uint32_t>(instance));
  delta.set_sent(std::exchange(tally.sent, 0));
  delta.set_dropped(std::exchange(tally.dropped, 0));
  for (uint64_t count : tally.outcomes) delta.add_outcomes(count);
  tally.outcomes = {};
  delta.set_sent_digest(std::exchange(tally.sent_digest, 0));
  delta.set_billed_count(std::exchange(tally.billed_count, 0));
  delta.set_billed_ms(std::exchange(tally.billed_ms, 0));
  delta.set_billed_mb_ms(std::exchange(tally.billed_mb_ms, 0));
  auto take = [this](Histogram& from, wire::Histogram& to) {
    to = ToWire(from);
    if (keeps_cells_) {
      from.Clear();
    } else {
      from = Histogram();
    }
  };
  take(tally.lateness, *delta.mutable_lateness());
  take(tally.service, *delta.mutable_service());
  take(tally.response, *delta.mutable_response());
  delta.set_memory_used_mb(tally.memory_used_mb);
  if (const auto reasons = std::move(tally.reasons)) {
    for (uint64_t count : *reasons) delta.add_reasons(count);
  }
  if (tally.rare == nullptr) return;
  Rare& rare = *tally.rare;
  const auto take_any = [&](Histogram& from, auto mutable_to) {
    if (from.count() > 0) take(from, *(delta.*mutable_to)());
  };
  take_any(rare.cold_service, &wire::InstanceDelta::mutable_cold_service);
  take_any(rare.cold_response, &wire::InstanceDelta::mutable_cold_response);
  take_any(rare.warm_service, &wire::InstanceDelta::mutable_warm_service);
  take_any(rare.warm_response, &wire::InstanceDelta::mutable_warm_response);
  take_any(rare.init, &wire::InstanceDelta::mutable_init);
  take_any(rare.own_lateness, &wire::InstanceDelta::mutable_own_lateness);
  take_any(rare.blocked, &wire::InstanceDelta::mutable_blocked);
  if (!keeps_cells_) tally.rare.reset();
}

}  // namespace invocator
