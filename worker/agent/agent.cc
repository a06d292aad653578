#include "worker/agent/agent.h"

#include <utility>

#include "worker/agent/membership.h"

namespace invocator {

Agent::Agent(AgentOptions options, const SteadyClock& steady,
             const WallClock& wall)
    : options_(std::move(options)), steady_(steady), wall_(wall) {}

absl::Status Agent::Join(const Dial& dial, absl::Duration welcome) {
  Membership membership(options_, steady_, wall_, dial, stop_requests_);
  absl::Status status = membership.Run(welcome);
  welcomed_ = membership.welcomed();
  began_ = membership.began();
  left_early_ = membership.left_early();
  return status;
}

}  // namespace invocator
