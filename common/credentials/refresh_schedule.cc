#include "common/credentials/refresh_schedule.h"

#include <algorithm>

namespace invocator {
namespace {

constexpr absl::Duration kEarly = absl::Minutes(15);
constexpr absl::Duration kUrgentlyEarly = absl::Minutes(10);
// Shortest pause, even if a source returns credentials about to expire.
constexpr absl::Duration kShortest = absl::Seconds(1);
constexpr absl::Duration kRarest = absl::Minutes(1);
constexpr absl::Duration kRarestWhenUrgent = absl::Seconds(10);

}  // namespace

void RefreshSchedule::Got(absl::Time now, const FoundCredentials& found) {
  failures_ = 0;
  expires_at_ = found.expires_at;
  urgent_at_ = absl::InfiniteFuture();
  next_ = now + found.ask_again_after;
  if (expires_at_ == absl::InfiniteFuture()) return;
  const absl::Duration life = expires_at_ - now;
  urgent_at_ = expires_at_ - std::min(kUrgentlyEarly, life / 4);
  const absl::Duration early = std::min(kEarly, life / 2);
  next_ = std::min(next_, expires_at_ - early * (1 + jitter_ / 10));
  next_ = std::max(next_, now + kShortest);
}

void RefreshSchedule::Failed(absl::Time now) {
  const absl::Duration rarest =
      StateAt(now) == State::kGood ? kRarest : kRarestWhenUrgent;
  const absl::Duration pause =
      std::min(rarest, kShortest * (1 << std::min(failures_, 10)));
  ++failures_;
  next_ = now + pause * (1 - jitter_ / 10);
}

RefreshSchedule::State RefreshSchedule::StateAt(absl::Time now) const {
  return now >= expires_at_  ? State::kExpired
         : now >= urgent_at_ ? State::kUrgent
                             : State::kGood;
}

}  // namespace invocator
