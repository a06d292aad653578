// Limits of a machine on the connections of one worker: each connection takes
// an open file and, over TCP, a port.
#ifndef INVOCATOR_COMMON_PROCESS_MACHINE_LIMITS_H_
#define INVOCATOR_COMMON_PROCESS_MACHINE_LIMITS_H_

#include <cstdint>

#include "absl/status/status.h"

namespace invocator {

// Unlimited, or not known.
struct MachineLimits {
  uint64_t connections = UINT64_MAX;      // that open files allow
  uint64_t ephemeral_ports = UINT64_MAX;  // to one address
};

// Files that a worker of that many engines has open beside its connections.
uint64_t ReservedFiles(uint32_t engines);
// What `open_files` leave for connections, but at least one.
uint64_t ConnectionsOf(uint64_t open_files, uint32_t engines);

// RESOURCE_EXHAUSTED, naming the required number, if `open_files` are too few
// for a worker with that many engines and one connection for each.
absl::Status CheckOpenFiles(uint64_t open_files, uint32_t engines);

// Threads that gRPC starts on a machine of that many cores, about.
uint32_t GrpcThreads(uint32_t cores);
// RESOURCE_EXHAUSTED if this process cannot have so many more threads at once.
// Starts them and lets them end. For gRPC's: it goes on without those that it
// does not get, and then waits for them for ever.
absl::Status CheckThreads(uint32_t threads);

// This process's, of that many engines; with as many open files as the hard
// limit has (RLIMIT_NOFILE), to which a worker raises its own.
MachineLimits ReadMachineLimits(uint32_t engines);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PROCESS_MACHINE_LIMITS_H_
