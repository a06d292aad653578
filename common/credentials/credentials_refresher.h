// Renews credentials in the background, before they expire, for as long as it
// lives; those it has are kept until there are new ones.
//
// Has a thread of its own, unless the credentials are good for ever.
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
  kRenewed,     // there are new ones
  kNotRenewed,  // the old ones are still good
  kExpired,     // and these are not: what is signed with them is refused
};

struct RefresherOptions {
  // Called on the refresher's thread, with words for people.
  std::function<void(RefreshNews news, const std::string& words)> tell;
  std::function<absl::Time()> now = absl::Now;
  double jitter = 0;  // as RefreshSchedule's
  // How long it sleeps at most, since the clock may be set or the machine may
  // have slept.
  absl::Duration look_every = absl::Seconds(10);
};

class CredentialsRefresher {
 public:
  CredentialsRefresher(ChosenCredentials chosen, RefresherOptions options);
  // Gives up what is under way; waits for it, a second or so.
  ~CredentialsRefresher();
  CredentialsRefresher(const CredentialsRefresher&) = delete;
  CredentialsRefresher& operator=(const CredentialsRefresher&) = delete;

  // Valid as long as the refresher.
  const CredentialsCell& cell() const { return cell_; }

 private:
  void Run();
  void Renew();
  // False when it is time to end.
  bool Sleep();
  void TellFailure(const absl::Status& status, absl::Time now) const;

  const CredentialsSource source_;
  const RefresherOptions options_;
  CredentialsCell cell_;
  Credentials current_;       // what the cell holds
  RefreshSchedule schedule_;  // the thread's own, once it runs
  std::atomic<bool> ending_ = false;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::thread thread_;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_CREDENTIALS_CREDENTIALS_REFRESHER_H_
