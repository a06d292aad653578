#include "common/result/totals.h"

#include <algorithm>

namespace invocator {

void Totals::Add(const Record& record, uint64_t digest_term, bool blocking) {
  ++sent;
  ++outcomes[static_cast<size_t>(record.outcome)];
  sent_digest += digest_term;
  lateness.Add(record.LatenessNs());
  // A call that never ended has no latency; the outcomes show that it is
  // missing.
  if (record.outcome != Outcome::kAborted) {
    service.Add(record.ServiceNs());
    response.Add(record.ResponseNs());
  }
  if (record.reason != Reason::kNone) {
    ++reasons[static_cast<size_t>(record.reason)];
  }
  if (record.warmth == Warmth::kCold) {
    cold_service.Add(record.ServiceNs());
    cold_response.Add(record.ResponseNs());
  } else if (record.warmth == Warmth::kWarm) {
    warm_service.Add(record.ServiceNs());
    warm_response.Add(record.ResponseNs());
  }
  if (record.init_us != Record::kUnknown) init.Add(record.init_us * 1'000);
  if (blocking) {
    own_lateness.Add(record.LatenessNs() - record.blocked_ns);
    blocked.Add(record.blocked_ns);
  }
  if (record.billed_ms != Record::kUnknown) {
    const auto ms = static_cast<uint64_t>(record.billed_ms);
    ++billed_count;
    billed_ms += ms;
    billed_mb_ms += ms * record.memory_mb;
    memory_used_mb = std::max<uint64_t>(memory_used_mb, record.memory_used_mb);
  }
}

void Totals::Merge(const Totals& other) {
  planned += other.planned;
  unsent += other.unsent;
  planned_digest += other.planned_digest;
  for (const TotalsSum& sum : kTotalsSums) {
    uint64_t& into = this->*sum.member;
    const uint64_t from = other.*sum.member;
    into = sum.is_maximum ? std::max(into, from) : into + from;
  }
  for (size_t i = 0; i < kOutcomes; ++i) outcomes[i] += other.outcomes[i];
  for (size_t i = 0; i < kReasons; ++i) reasons[i] += other.reasons[i];
  for (const TotalsHistogram& histogram : kTotalsHistograms) {
    (this->*histogram.member).Merge(other.*histogram.member);
  }
}

void Totals::Clear() {
  planned = unsent = planned_digest = 0;
  for (const TotalsSum& sum : kTotalsSums) this->*sum.member = 0;
  outcomes = {};
  reasons = {};
  for (const TotalsHistogram& histogram : kTotalsHistograms) {
    (this->*histogram.member).Clear();
  }
}

}  // namespace invocator
