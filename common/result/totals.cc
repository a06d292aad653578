#include "common/result/totals.h"

namespace invocator {

void Totals::AddWarmth(const Record& record) {
  if (record.warmth == Warmth::kCold) {
    cold_service.Add(record.ServiceNs());
    cold_response.Add(record.ResponseNs());
  } else if (record.warmth == Warmth::kWarm) {
    warm_service.Add(record.ServiceNs());
    warm_response.Add(record.ResponseNs());
  }
  if (record.init_us != Record::kUnknown) init.Add(record.init_us * 1'000);
}

void Totals::AddBill(const Record& record) {
  const auto ms = static_cast<uint64_t>(record.billed_ms);
  ++billed_count;
  billed_ms += ms;
  billed_mb_ms += ms * record.memory_mb;
  memory_used_mb = std::max<uint64_t>(memory_used_mb, record.memory_used_mb);
}

void Totals::MergeCounts(const Totals& other) {
  BinTotals::MergeCounts(other);
  planned += other.planned;
  unsent += other.unsent;
  planned_digest += other.planned_digest;
#define INVOCATOR_ADD(name) name += other.name;
  INVOCATOR_TOTALS_SUMS(INVOCATOR_ADD)
#undef INVOCATOR_ADD
#define INVOCATOR_RAISE(name) name = std::max(name, other.name);
  INVOCATOR_TOTALS_MAXIMA(INVOCATOR_RAISE)
#undef INVOCATOR_RAISE
  for (size_t i = 0; i < kReasons; ++i) reasons[i] += other.reasons[i];
}

void Totals::Merge(const Totals& other) {
  MergeCounts(other);
#define INVOCATOR_MERGE(name, group) name.Merge(other.name);
  INVOCATOR_BIN_HISTOGRAMS(INVOCATOR_MERGE)
#undef INVOCATOR_MERGE
#define INVOCATOR_MERGE(name, group, of_workers) name.Merge(other.name);
  INVOCATOR_TOTALS_HISTOGRAMS(INVOCATOR_MERGE)
#undef INVOCATOR_MERGE
}

void Totals::Clear() {
  BinTotals::Clear();
  planned = unsent = planned_digest = 0;
#define INVOCATOR_CLEAR(name) name = 0;
  INVOCATOR_TOTALS_SUMS(INVOCATOR_CLEAR)
  INVOCATOR_TOTALS_MAXIMA(INVOCATOR_CLEAR)
#undef INVOCATOR_CLEAR
  reasons = {};
#define INVOCATOR_CLEAR(name, group, of_workers) name.Clear();
  INVOCATOR_TOTALS_HISTOGRAMS(INVOCATOR_CLEAR)
#undef INVOCATOR_CLEAR
}

}  // namespace invocator
