// What a machine lets one process have: each connection takes an open file, and
// one over TCP a port.
#ifndef INVOCATOR_COMMON_MACHINE_LIMITS_H_
#define INVOCATOR_COMMON_MACHINE_LIMITS_H_

#include <cstdint>

namespace invocator {

// Unlimited, or not known.
struct MachineLimits {
  uint64_t open_files = UINT64_MAX;
  uint64_t ephemeral_ports = UINT64_MAX;  // to one address
};

// This process's; of open files the hard limit (RLIMIT_NOFILE), to which a
// worker raises its own.
MachineLimits ReadMachineLimits();

// Raises RLIMIT_NOFILE to its hard limit and returns what is then allowed.
uint64_t RaiseFileLimit();

}  // namespace invocator

#endif  // INVOCATOR_COMMON_MACHINE_LIMITS_H_
