#include "common/result/totals.h"

#include <algorithm>

namespace invocator {

void Totals::Merge(const Totals& other) {
  planned += other.planned;
  sent += other.sent;
  dropped += other.dropped;
  unsent += other.unsent;
  for (size_t i = 0; i < kOutcomes; ++i) outcomes[i] += other.outcomes[i];
  planned_digest += other.planned_digest;
  sent_digest += other.sent_digest;
  billed_count += other.billed_count;
  billed_ms += other.billed_ms;
  billed_mb_ms += other.billed_mb_ms;
  memory_used_mb = std::max(memory_used_mb, other.memory_used_mb);
  for (size_t i = 0; i < kReasons; ++i) reasons[i] += other.reasons[i];
  cold_service.Merge(other.cold_service);
  cold_response.Merge(other.cold_response);
  warm_service.Merge(other.warm_service);
  warm_response.Merge(other.warm_response);
  init.Merge(other.init);
  lateness.Merge(other.lateness);
  service.Merge(other.service);
  response.Merge(other.response);
  own_lateness.Merge(other.own_lateness);
  blocked.Merge(other.blocked);
}

}  // namespace invocator
