// What of a plan is likely to run into a limit, of AWS or of the machine that
// invokes: warnings before a run, each with its number and where that is from.
// Pure: limits come in.
#ifndef INVOCATOR_COORDINATOR_PREFLIGHT_H_
#define INVOCATOR_COORDINATOR_PREFLIGHT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "common/plan.h"
#include "coordinator/census.h"

namespace invocator {

// Of the machine that invokes. Nothing is known of remote workers: infinite.
struct LocalLimits {
  uint64_t open_files = UINT64_MAX;
  uint64_t ephemeral_ports = UINT64_MAX;
};

// This process's.
LocalLimits ReadLocalLimits();

// One sentence each; empty when nothing stands out. How many calls are in
// flight is not known before, but follows from their duration by Little's law:
// what is told is the duration at which a limit is met at the peak rate, where
// functions often take that long.
std::vector<std::string> PreflightWarnings(const Plan& plan,
                                           const Census& census,
                                           const LocalLimits& limits);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_PREFLIGHT_H_
