// The agent is a worker's side of the fleet protocol: it joins a coordinator,
// takes one assignment, has its engines play it, and streams back what came of
// it (proto/fleet.proto has the order of messages).
//
// Join blocks on one thread; RequestStop may be called from any thread and from
// signal handlers. Borrows the clocks.
#ifndef INVOCATOR_WORKER_AGENT_H_
#define INVOCATOR_WORKER_AGENT_H_

#include <grpcpp/channel.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "common/clock.h"

namespace invocator {

struct AgentOptions {
  std::string name;
  uint32_t threads = 1;
  std::string ca_file;      // empty: the system's certificates
  uint64_t file_limit = 0;  // descriptors this process may have open
};

class Agent {
 public:
  Agent(AgentOptions options, const SteadyClock& steady, const WallClock& wall);

  // Takes part in one run. OK when the coordinator has everything; else how
  // the stream ended.
  absl::Status Join(const std::shared_ptr<grpc::Channel>& channel);

  // Stops sending; calls in flight are drained and reported.
  void RequestStop() { stop_requested_.store(true); }
  bool stop_requested() const { return stop_requested_.load(); }

 private:
  const AgentOptions options_;
  const SteadyClock& steady_;
  const WallClock& wall_;
  std::atomic<bool> stop_requested_ = false;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_AGENT_H_
