#include "worker/engine/pacer.h"

#include <algorithm>

namespace invocator {

Pacer::Pacer(Schedule& schedule, size_t instances, PacerOptions options)
    : schedule_(schedule), options_(options), free_since_ns_(instances, 0) {}

std::optional<DueInvocation> Pacer::TakeDue(int64_t now_ns, int64_t before_ns) {
  while (schedule_.NextNs() <= now_ns && schedule_.NextNs() < before_ns) {
    if (AtLimit()) {
      if (!options_.drop_on_overload) return std::nullopt;
      first_drop_ns_ = std::min(first_drop_ns_, now_ns);
      const ScheduledInvocation call = schedule_.Take(/*hold=*/false);
      dropped_.push_back({call.instance, call.scheduled_ns});
      continue;
    }
    DueInvocation due{schedule_.Take(options_.blocking)};
    due.blocked_ns =
        std::max<int64_t>(0, free_since_ns_[due.instance] - due.scheduled_ns);
    ++in_flight_;
    limit_since_ns_ = now_ns;
    first_drop_ns_ = Schedule::kNever;
    return due;
  }
  return std::nullopt;
}

void Pacer::Ended(uint32_t instance, int64_t now_ns) {
  at_limit_ns_ = AtLimitNs(now_ns);
  --in_flight_;
  if (!options_.blocking) return;
  free_since_ns_[instance] = now_ns;
  schedule_.Return(instance);
}

int64_t Pacer::NextDueNs() const {
  return AtLimit() && !options_.drop_on_overload ? Schedule::kNever
                                                 : schedule_.NextNs();
}

int64_t Pacer::AtLimitNs(int64_t now_ns) const {
  if (!AtLimit()) return at_limit_ns_;
  // Computed afterwards, since no code runs when a waiting call becomes due.
  const int64_t since_ns = options_.drop_on_overload
                               ? first_drop_ns_
                               : std::max(limit_since_ns_, schedule_.NextNs());
  return since_ns < now_ns ? at_limit_ns_ + now_ns - since_ns : at_limit_ns_;
}

}  // namespace invocator
