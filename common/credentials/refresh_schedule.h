// Schedule for renewing credentials. Pure: time comes in.
//
// They are renewed 15 minutes before they expire, or when half of a shorter
// life is over. From 10 minutes before (a quarter of a shorter life) it is
// urgent. A failure is tried again after a second, then ever more rarely: at
// most every minute, every ten seconds when it is urgent. (botocore's windows.)
#ifndef INVOCATOR_COMMON_CREDENTIALS_REFRESH_SCHEDULE_H_
#define INVOCATOR_COMMON_CREDENTIALS_REFRESH_SCHEDULE_H_

#include "absl/time/time.h"
#include "common/aws/credentials.h"

namespace invocator {

class RefreshSchedule {
 public:
  enum class State { kGood, kUrgent, kExpired };

  // `jitter` in [0, 1): spreads what many workers would do at one instant over
  // a tenth of the time before it.
  explicit RefreshSchedule(double jitter) : jitter_(jitter) {}

  void Got(absl::Time now, const FoundCredentials& found);
  void Failed(absl::Time now);

  // When to ask; InfiniteFuture if never.
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
