// Introduces the worker to a coordinator: its name and the limits of this
// machine.
#ifndef INVOCATOR_WORKER_AGENT_HELLO_H_
#define INVOCATOR_WORKER_AGENT_HELLO_H_

#include "proto/fleet.pb.h"
#include "worker/setup/agent_options.h"

namespace invocator {

// Asks the system for its limits.
wire::WorkerMessage MakeHello(const AgentOptions& options);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_AGENT_HELLO_H_
