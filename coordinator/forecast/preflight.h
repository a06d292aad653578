// Warnings before a run about limits that a plan is likely to meet, of AWS or
// of the invoking machine, each with its number and its source. Pure: limits
// come in.
#ifndef INVOCATOR_COORDINATOR_FORECAST_PREFLIGHT_H_
#define INVOCATOR_COORDINATOR_FORECAST_PREFLIGHT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "common/plan/plan.h"
#include "common/process/machine_limits.h"
#include "coordinator/books/census.h"

namespace invocator {

// One that will invoke.
struct Machine {
  std::string name;  // in a sentence: "this machine", "worker east"
  MachineLimits limits;
};

// One sentence each; empty when nothing stands out. How many calls are in
// flight is not known before, but follows from their duration by Little's law:
// what is told is how many there are at the peak, where the workload says how
// long they take; else the duration at which a limit is met, where functions
// often take that long.
std::vector<std::string> AwsWarnings(const Plan& plan, const Census& census);

// The same of the machines, which have equal shares: the weakest counts.
std::vector<std::string> MachineWarnings(const Plan& plan, const Census& census,
                                         const std::vector<Machine>& machines);

// A warning that names the instances with a rate above 0 but without planned
// invocations, and one if nothing is planned. `counts`: per instance.
std::vector<std::string> NothingPlannedWarnings(
    const Plan& plan, const std::vector<uint64_t>& counts);
std::vector<std::string> NothingPlannedWarnings(const Plan& plan,
                                                const Census& census);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FORECAST_PREFLIGHT_H_
