#include "worker/agent.h"

#include <utility>

#include "worker/membership.h"

namespace invocator {

Agent::Agent(AgentOptions options, const SteadyClock& steady,
             const WallClock& wall)
    : options_(std::move(options)), steady_(steady), wall_(wall) {}

absl::Status Agent::Join(const Dial& dial) {
  Membership membership(options_, steady_, wall_, dial);
  return membership.Run(stop_requested_);
}

}  // namespace invocator
