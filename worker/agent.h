// The agent is a worker's side of the fleet protocol: it takes part in one run
// after the other (worker/membership.h has the story of one).
//
// Join blocks on one thread; RequestStop may be called from any thread and from
// signal handlers. Borrows the clocks.
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

// How long the coordinator may take for what comes next.
struct AgentPatience {
  absl::Duration welcome = absl::Hours(24);     // it may not be there yet
  absl::Duration assignment = absl::Hours(24);  // others may have to join
  absl::Duration payload = absl::Minutes(1);    // a chunk
  absl::Duration start = absl::Minutes(10);     // others may have to get ready
  // To close the stream: after a Failure; or after Done, when the others must
  // have ended too.
  absl::Duration close = absl::Seconds(60);
};

struct AgentOptions {
  std::string name;
  uint32_t threads = 1;
  TargetOptions target;
  bool pin = false;         // each engine to a core of its own
  uint64_t file_limit = 0;  // descriptors this process may have open
  std::string token;        // to show the coordinator; empty: none
  std::string profile;      // of AWS's shared files; empty: as they say
  // What was found already, so that no source is asked twice.
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

  // Takes part in one run. OK when the coordinator has everything; else what
  // went wrong here, DEADLINE_EXCEEDED when the coordinator kept us waiting, or
  // how the stream ended.
  // `welcome`: how long for the coordinator to welcome us.
  absl::Status Join(const Dial& dial, absl::Duration welcome);
  absl::Status Join(const Dial& dial) {
    return Join(dial, options_.patience.welcome);
  }

  // Leaves the run: what is scheduled from an instant on goes back to the
  // coordinator; calls in flight are awaited for some seconds, and reported.
  // Asked again it ends at once, and calls in flight are aborted. Before the
  // start it ends the stay: Join returns CANCELLED.
  void RequestStop() { stop_requests_.fetch_add(1); }
  bool stop_requested() const { return stop_requests_.load() > 0; }

  // Of the last Join: whether the coordinator welcomed us, whether we began to
  // play, and whether we left before the run's end.
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
