// Schedule for renewing credentials. Pure: the caller passes the time.
//
// Renewal is due 15 minutes before expiry, or halfway through a shorter life.
// It is urgent in the last 10 minutes, or in the last quarter of a shorter
// life. Retries start after a second and back off to a minute, or to ten
// seconds when urgent. (botocore's windows.)
#ifndef INVOCATOR_COMMON_CREDENTIALS_REFRESH_SCHEDULE_H_
#define INVOCATOR_COMMON_CREDENTIALS_REFRESH_SCHEDULE_H_

#include "absl/time/time.h"
#include "common/aws/credentials.h"

namespace invocator {

class RefreshSchedule {
 public:
  enum class State { kGood, kUrgent, kExpired };

  // `jitter` in [0, 1): makes every attempt earlier by up to a tenth of its
  // lead time or pause, so that many workers do not ask at once.
  explicit RefreshSchedule(double jitter) : jitter_(jitter) {}

  void Got(absl::Time now, const FoundCredentials& found);
  void Failed(absl::Time now);

  // Instant of the next attempt; InfiniteFuture if never.
  absl::Time next() const { return next_; }
  absl::Time expires_at() const { return expires_at_; }
  State StateAt(absl::Time now) const;

 private:
  const double jitter_;
  absl::Time expires_at_ = absl::InfiniteFuture();
  absl::Time urgent_at_ = absl::InfiniteFuture();
  absl::Time next_ = absl::InfiniteFuture();
  int failures_ = 0;  // since the last success
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_CREDENTIALS_REFRESH_SCHEDULE_H_
