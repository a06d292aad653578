#include "worker/tally.h"

#include <utility>

#include "common/digest.h"
#include "common/histogram_codec.h"

namespace invocator {
namespace {

bool IsSampled(uint64_t name_hash, uint32_t seed, uint64_t sequence,
               double ratio) {
  if (ratio >= 1) return true;
  const uint64_t bits = MixBits(MixBits(name_hash ^ seed) + sequence);
  return static_cast<double>(bits >> 11) * 0x1p-53 < ratio;
}

}  // namespace

Tally::Tally(const Plan& plan, double record_ratio)
    : blocking_(plan.blocking),
      seed_(plan.seed),
      record_ratio_(record_ratio),
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
  if (blocking_) {
    tally.own_lateness.Add(record.LatenessNs() - record.blocked_ns);
    tally.blocked.Add(record.blocked_ns);
  }
  if (record.billed_ms != Record::kUnknown) {
    const auto billed_ms = static_cast<uint64_t>(record.billed_ms);
    ++tally.billed_count;
    tally.billed_ms += billed_ms;
    tally.billed_mb_ms += billed_ms * record.memory_mb;
  }
  if (IsSampled(tally.name_hash, seed_, record.sequence, record_ratio_)) {
    records.Add(record);
  }
}

bool Tally::TakeDeltas(size_t enough_bytes, wire::Progress& progress) {
  size_t bytes = 0;
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
  auto take = [](Histogram& from, wire::Histogram& to) {
    to = ToWire(from);
    from.Clear();
  };
  take(tally.lateness, *delta.mutable_lateness());
  take(tally.service, *delta.mutable_service());
  take(tally.response, *delta.mutable_response());
  if (blocking_) {
    take(tally.own_lateness, *delta.mutable_own_lateness());
    take(tally.blocked, *delta.mutable_blocked());
  }
}

}  // namespace invocator
