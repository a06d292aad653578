#include "worker/pacer.h"

#include <algorithm>

namespace invocator {

Pacer::Pacer(Schedule& schedule, size_t instances, PacerOptions options)
    : schedule_(schedule),
      options_(options),
      free_since_ns_(instances, 0),
      dropped_(instances, 0) {}

std::optional<DueInvocation> Pacer::TakeDue(int64_t now_ns) {
  while (schedule_.NextNs() <= now_ns) {
    if (AtLimit()) {
      if (at_limit_since_ns_ == Schedule::kNever) at_limit_since_ns_ = now_ns;
      if (!options_.drop_on_overload) return std::nullopt;
      ++dropped_[schedule_.Take(/*hold=*/false).instance];
      any_dropped_ = true;
      continue;
    }
    DueInvocation due{schedule_.Take(options_.blocking)};
    due.blocked_ns =
        std::max<int64_t>(0, free_since_ns_[due.instance] - due.scheduled_ns);
    ++in_flight_;
    return due;
  }
  return std::nullopt;
}

void Pacer::Ended(uint32_t instance, int64_t now_ns) {
  --in_flight_;
  if (at_limit_since_ns_ != Schedule::kNever) {
    at_limit_ns_ += now_ns - at_limit_since_ns_;
    at_limit_since_ns_ = Schedule::kNever;
  }
  if (!options_.blocking) return;
  free_since_ns_[instance] = now_ns;
  schedule_.Return(instance);
}

int64_t Pacer::NextDueNs() const {
  return AtLimit() && !options_.drop_on_overload ? Schedule::kNever
                                                 : schedule_.NextNs();
}

int64_t Pacer::AtLimitNs(int64_t now_ns) const {
  return at_limit_since_ns_ == Schedule::kNever
             ? at_limit_ns_
             : at_limit_ns_ + now_ns - at_limit_since_ns_;
}

}  // namespace invocator
