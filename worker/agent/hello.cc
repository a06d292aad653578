#include "worker/agent/hello.h"

#include <cstdint>

#include "common/process/machine_limits.h"
#include "common/wire/protocol.h"

namespace invocator {

wire::WorkerMessage MakeHello(const AgentOptions& options) {
  wire::WorkerMessage message;
  wire::Hello& hello = *message.mutable_hello();
  hello.set_protocol_version(kProtocolVersion);
  hello.set_name(options.name);
  hello.set_threads(options.threads);
  const MachineLimits limits = ReadMachineLimits(options.threads);
  const auto known = [](uint64_t n) { return n == UINT64_MAX ? 0 : n; };
  hello.set_connections(known(limits.connections));
  if (options.target.unix_socket.empty()) {  // which takes no ports
    hello.set_ephemeral_ports(known(limits.ephemeral_ports));
  }
  return message;
}

}  // namespace invocator
