// The way to the coordinator: the channel, and why it does not come about.
#ifndef INVOCATOR_WORKER_AGENT_COORDINATOR_CHANNEL_H_
#define INVOCATOR_WORKER_AGENT_COORDINATOR_CHANNEL_H_

#include <grpcpp/channel.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/http/address.h"
#include "common/wire/security.h"

namespace invocator {

// FAILED_PRECONDITION if the token would cross the network in the clear.
absl::Status CheckTokenStaysSecret(const Address& coordinator,
                                   const Security& security);

// With TLS, coordinator and worker check each other's certificate, and the
// worker that it is for the coordinator's host. Every channel has a connection
// of its own.
std::shared_ptr<grpc::Channel> OpenChannel(const Address& coordinator,
                                           const Security& security);

// Waits until the coordinator answers at all. CANCELLED once `give_up` is
// true, DEADLINE_EXCEEDED after `patience`; INTERNAL if gRPC itself stands
// still: its threads could not be started, and nothing that uses it would ever
// end. Meanwhile `tell` gets every new reason why it does not answer.
absl::Status AwaitCoordinator(
    const std::shared_ptr<grpc::Channel>& channel, absl::Duration patience,
    const std::function<bool()>& give_up,
    const std::function<void(const std::string&)>& tell);

// gRPC's `reason` why there is no connection, with what may be wrong where the
// two sides do not agree on TLS. Pure.
std::string ExplainUnreachable(const std::string& reason, bool with_tls);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_AGENT_COORDINATOR_CHANNEL_H_
