// Background renewal of credentials before they expire. Until a renewal
// succeeds, the old credentials stay in use.
//
// Runs one thread, or none if the credentials need no renewal. Its messages go
// to CurrentOutput() of the thread that created it.
#ifndef INVOCATOR_COMMON_CREDENTIALS_CREDENTIALS_REFRESHER_H_
#define INVOCATOR_COMMON_CREDENTIALS_CREDENTIALS_REFRESHER_H_

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/credentials/credentials_cell.h"
#include "common/credentials/credentials_chain.h"
#include "common/credentials/refresh_schedule.h"

namespace invocator {

enum class RefreshNews {
  kRenewed,     // new credentials are in use
  kNotRenewed,  // the old ones are still valid
  kExpired,     // the old ones have expired: AWS refuses calls
};

struct RefresherOptions {
  // Called on the refresher's thread. `words`: message for people.
  std::function<void(RefreshNews news, const std::string& words)> tell;
  std::function<absl::Time()> now = absl::Now;
  double jitter = 0;  // as RefreshSchedule's
  // Longest sleep: the clock may be set, and the machine may have slept.
  absl::Duration look_every = absl::Seconds(10);
};

class CredentialsRefresher {
 public:
  CredentialsRefresher(ChosenCredentials chosen, RefresherOptions options);
  // Cancels a fetch under way and waits for its end, a second or so.
  ~CredentialsRefresher();
  CredentialsRefresher(const CredentialsRefresher&) = delete;
  CredentialsRefresher& operator=(const CredentialsRefresher&) = delete;

  // Valid as long as the refresher.
  const CredentialsCell& cell() const { return cell_; }

 private:
  void Run();
  void Renew();
  // Returns false when the thread must end.
  bool Sleep();
  void TellFailure(const absl::Status& status, absl::Time now) const;

  const CredentialsSource source_;
  const RefresherOptions options_;
  CredentialsCell cell_;
  Credentials current_;       // as in the cell
  RefreshSchedule schedule_;  // owned by the thread, once it runs
  std::atomic<bool> ending_ = false;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::thread thread_;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_CREDENTIALS_CREDENTIALS_REFRESHER_H_
