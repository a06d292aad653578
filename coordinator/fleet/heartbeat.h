// Pings every worker once a second, which renews its lease (proto/fleet.proto).
// Uses its own thread, so that leases go on while the run's thread waits for a
// slow disk.
//
// Thread-safe. Borrows fleet and clock.
#ifndef INVOCATOR_COORDINATOR_FLEET_HEARTBEAT_H_
#define INVOCATOR_COORDINATOR_FLEET_HEARTBEAT_H_

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/wire/protocol.h"
#include "coordinator/fleet/clock_sync.h"
#include "coordinator/fleet/fleet.h"

namespace invocator {

struct LeaseTerms {
  absl::Duration ping_period = kPingPeriod;
  absl::Duration length = kLease;
  // Silence after which a worker's lease is not renewed.
  absl::Duration silence = kSilence;
  // Time after its lease in which a worker may rejoin.
  absl::Duration return_patience = kReturnPatience;
  // Time without a report after which a worker's lease is not renewed.
  absl::Duration report_silence = kReportSilence;
  // Longest wait for Done after a Stop, from the drain's end or the worker's
  // last results, whichever is later.
  absl::Duration done_patience = kDonePatience;
};

class Heartbeat {
 public:
  // Without terms it grants no leases, and workers play their shares to the
  // end: right for a worker in this process.
  Heartbeat(Fleet& fleet, const SteadyClock& clock,
            const std::optional<LeaseTerms>& terms);
  ~Heartbeat();

  // Pings the worker on that session; nullopt: no pings, no leases. `clock`:
  // its offset from ours.
  void Watch(const std::string& member_key, std::optional<size_t> session,
             const ClockSync::Estimate& clock);
  // Stops renewing the worker's lease; pings go on.
  void EndLeases(const std::string& member_key);

  // Pauses the renewal, or resumes it.
  void HoldLeases(const std::string& member_key, bool hold);

  // Pings all workers now.
  void Beat();

  // End of the worker's last lease, by our clock, its uncertainty added; 0 if
  // it never had one.
  int64_t LeasedUntilNs(const std::string& member_key) const;

 private:
  struct Pulse {
    std::optional<size_t> session;
    ClockSync::Estimate clock;
    bool may_lease = true;
    bool held = false;
    int64_t lease_end_ns = 0;    // by the worker's clock, as sent
    int64_t lease_until_ns = 0;  // by ours
  };

  void BeatLocked();

  Fleet& fleet_;
  const SteadyClock& clock_;
  const std::optional<LeaseTerms> terms_;
  mutable std::mutex mutex_;  // guards the members below
  std::condition_variable stopped_;
  bool stop_ = false;
  std::map<std::string, Pulse> pulses_;
  std::thread thread_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FLEET_HEARTBEAT_H_
