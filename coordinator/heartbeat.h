// The heartbeat of a run: pings every worker once a second, on a thread of its
// own, so that leases go on while the run's thread writes to a slow disk. What
// a lease is: proto/fleet.proto.
//
// Thread-safe. Borrows fleet and clock.
#ifndef INVOCATOR_COORDINATOR_HEARTBEAT_H_
#define INVOCATOR_COORDINATOR_HEARTBEAT_H_

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "absl/time/time.h"
#include "common/clock.h"
#include "common/protocol.h"
#include "coordinator/clock_sync.h"
#include "coordinator/fleet.h"

namespace invocator {

struct LeaseTerms {
  absl::Duration ping_period = kPingPeriod;
  absl::Duration length = kLease;
  // A worker that was not heard of for so long gets no more leases.
  absl::Duration silence = kSilence;
  // How long after its lease a worker may come back.
  absl::Duration return_patience = kReturnPatience;
  // A worker that has not reported for so long gets no more leases, either.
  absl::Duration report_silence = kReportSilence;
  // How long after a Stop and its drain a worker that brings nothing more may
  // take to say Done.
  absl::Duration done_patience = kDonePatience;
};

class Heartbeat {
 public:
  // Without terms there are no leases, and workers play to the end of their
  // shares, come what may: right for one in this process.
  Heartbeat(Fleet& fleet, const SteadyClock& clock,
            const std::optional<LeaseTerms>& terms);
  ~Heartbeat();

  // From now on the worker is pinged on that session; nullopt: it is not, and
  // gets no leases. `clock`: how far its own is from ours.
  void Watch(const std::string& member_key, std::optional<size_t> session,
             const ClockSync::Estimate& clock);
  // The worker gets no further lease, though it may still be pinged.
  void EndLeases(const std::string& member_key);

  // The same, until it is called with false.
  void HoldLeases(const std::string& member_key, bool hold);

  // Pings everybody now.
  void Beat();

  // When the worker's last lease ends, by our clock and with its uncertainty;
  // 0: it never had one.
  int64_t LeasedUntilNs(const std::string& member_key) const;

 private:
  struct Pulse {
    std::optional<size_t> session;
    ClockSync::Estimate clock;
    bool may_lease = true;
    bool held = false;
    int64_t lease_end_ns = 0;    // by the worker's clock, as it was told
    int64_t lease_until_ns = 0;  // by ours
  };

  void BeatLocked();

  Fleet& fleet_;
  const SteadyClock& clock_;
  const std::optional<LeaseTerms> terms_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable stopped_;
  bool stop_ = false;
  std::map<std::string, Pulse> pulses_;
  std::thread thread_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_HEARTBEAT_H_
