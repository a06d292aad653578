// Takes a worker through runs of a fleet, one after the other. One run:
// worker/membership.h.
//
// Join blocks; RequestStop may be called from any thread and from signal
// handlers. Borrows the clocks.
#ifndef INVOCATOR_WORKER_AGENT_H_
#define INVOCATOR_WORKER_AGENT_H_

#include <grpcpp/channel.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/credentials_chain.h"
#include "common/target_options.h"
#include "worker/allowed_hosts.h"
#include "worker/outbox.h"

namespace invocator {

// Longest wait for each step of the coordinator.
struct AgentPatience {
  absl::Duration welcome = absl::Hours(24);     // it may not be there yet
  absl::Duration assignment = absl::Hours(24);  // others may have to join
  absl::Duration payload = absl::Minutes(1);    // a chunk
  absl::Duration start = absl::Minutes(10);     // others may have to get ready
  // To close the stream after a Failure or Done; after Done it waits for the
  // other workers to finish.
  absl::Duration close = absl::Seconds(60);
};

struct AgentOptions {
  std::string name;
  uint32_t threads = 1;
  TargetOptions target;
  bool pin = false;         // each engine to a core of its own
  uint64_t file_limit = 0;  // descriptors this process may have open
  std::string token;        // to show the coordinator; empty: none
  std::string profile;      // of AWS's shared files; empty: their default
  // Credentials found earlier, so that no source is queried twice.
  std::optional<ChosenCredentials> credentials;
  AllowedHosts allowed_hosts;
  OutboxOptions outbox;
  AgentPatience patience;
};

class Agent {
 public:
  // A channel to the coordinator, on a connection of its own each time.
  using Dial = std::function<std::shared_ptr<grpc::Channel>()>;

  Agent(AgentOptions options, const SteadyClock& steady, const WallClock& wall);

  // Takes part in one run. OK when the coordinator has every report; else an
  // error of this worker, DEADLINE_EXCEEDED if the coordinator was too slow, or
  // the stream's status. `welcome`: longest wait for the coordinator's Welcome.
  absl::Status Join(const Dial& dial, absl::Duration welcome);
  absl::Status Join(const Dial& dial) {
    return Join(dial, options_.patience.welcome);
  }

  // Leaves the run: calls scheduled after the next moment go back to the
  // coordinator; calls in flight are awaited for some seconds and reported. A
  // second request aborts them. Before the start, Join returns CANCELLED.
  void RequestStop() { stop_requests_.fetch_add(1); }
  bool stop_requested() const { return stop_requests_.load() > 0; }

  // The last Join: was welcomed, began to play, left before the run's end.
  bool welcomed() const { return welcomed_; }
  bool began() const { return began_; }
  bool left_early() const { return left_early_; }

 private:
  const AgentOptions options_;
  const SteadyClock& steady_;
  const WallClock& wall_;
  std::atomic<int> stop_requests_ = 0;
  static_assert(std::atomic<int>::is_always_lock_free, "used in a handler");
  bool welcomed_ = false;
  bool began_ = false;
  bool left_early_ = false;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_AGENT_H_
