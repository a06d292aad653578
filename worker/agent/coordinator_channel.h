// gRPC channel to the coordinator, and the reasons why it does not connect.
#ifndef INVOCATOR_WORKER_AGENT_COORDINATOR_CHANNEL_H_
#define INVOCATOR_WORKER_AGENT_COORDINATOR_CHANNEL_H_

#include <grpcpp/channel.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/channel/security.h"
#include "common/http/address.h"

namespace invocator {

// FAILED_PRECONDITION if the token would cross the network in the clear.
absl::Status CheckTokenStaysSecret(const Address& coordinator,
                                   const Security& security);

// With TLS, coordinator and worker check each other's certificate; the worker
// also checks it for the coordinator's host. Every channel opens a separate
// connection.
std::shared_ptr<grpc::Channel> OpenChannel(const Address& coordinator,
                                           const Security& security);

// Waits until the coordinator answers at all. CANCELLED once `give_up` is
// true, DEADLINE_EXCEEDED after `patience`; INTERNAL if gRPC itself is stuck:
// its threads could not be started, and no call would ever end. Meanwhile
// passes every new reason for the missing answer to `tell`.
absl::Status AwaitCoordinator(
    const std::shared_ptr<grpc::Channel>& channel, absl::Duration patience,
    const std::function<bool()>& give_up,
    const std::function<void(const std::string&)>& tell);

// Explains gRPC's `reason` for a missing connection; adds the likely cause if
// the two sides disagree about TLS. Pure.
std::string ExplainUnreachable(const std::string& reason, bool with_tls);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_AGENT_COORDINATOR_CHANNEL_H_
