// Limits of a machine on the connections of one worker: each connection takes
// an open file and, over TCP, a port.
#ifndef INVOCATOR_COMMON_PROCESS_MACHINE_LIMITS_H_
#define INVOCATOR_COMMON_PROCESS_MACHINE_LIMITS_H_

#include <cstdint>

#include "absl/status/status.h"

namespace invocator {

// UINT64_MAX: unlimited or unknown.
struct MachineLimits {
  uint64_t connections = UINT64_MAX;      // allowed by open files
  uint64_t ephemeral_ports = UINT64_MAX;  // to one address
};

// Descriptors that this process may still open: RLIMIT_NOFILE's soft limit less
// those that are open.
uint64_t FilesLeft();
// Files that a worker with that many engines has open besides its connections.
uint64_t ReservedFiles(uint32_t engines);
// Connections that `open_files` allow; at least one.
uint64_t ConnectionsOf(uint64_t open_files, uint32_t engines);

// RESOURCE_EXHAUSTED, naming the required number, if `open_files` are too few
// for a worker with that many engines and one connection for each.
absl::Status CheckOpenFiles(uint64_t open_files, uint32_t engines);

// Approximate number of threads that gRPC starts on a machine with that many
// cores.
uint32_t GrpcThreads(uint32_t cores);
// RESOURCE_EXHAUSTED if this process cannot run that many more threads at once.
// Tries by starting them and lets them end. Protects from gRPC, which carries
// on without threads it does not get and then waits for them for ever.
absl::Status CheckThreads(uint32_t threads);

// Limits of this process with that many engines. Counts open files up to the
// hard limit (RLIMIT_NOFILE), to which a worker raises its own.
MachineLimits ReadMachineLimits(uint32_t engines);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PROCESS_MACHINE_LIMITS_H_
