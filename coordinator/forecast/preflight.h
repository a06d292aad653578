// Warnings before a run about limits, of AWS or of the invoking machine, that a
// plan is likely to hit. Each gives the limit's number and source. Pure: limits
// are arguments.
#ifndef INVOCATOR_COORDINATOR_FORECAST_PREFLIGHT_H_
#define INVOCATOR_COORDINATOR_FORECAST_PREFLIGHT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "common/plan/plan.h"
#include "common/process/machine_limits.h"
#include "coordinator/books/census.h"

namespace invocator {

// A machine that will invoke.
struct Machine {
  std::string name;  // in a sentence: "this machine", "worker east"
  MachineLimits limits;
};

// One sentence each; empty if no limit is near. Calls in flight follow from
// rate and duration by Little's law, at the peak; a spike's are all in flight
// at once. If the workload gives a duration, a warning names the calls in
// flight at the peak. Otherwise it names the duration at which a limit is hit,
// if functions often take that long.
std::vector<std::string> AwsWarnings(const Plan& plan, const Census& census);

// The same for the machines, which have equal shares: the weakest counts.
std::vector<std::string> MachineWarnings(const Plan& plan, const Census& census,
                                         const std::vector<Machine>& machines);

// Warnings that name the instances that have a rate above 0, bursts, counts,
// timestamps or spikes but no planned invocations, and one if nothing is
// planned. `counts`: per instance.
std::vector<std::string> NothingPlannedWarnings(
    const Plan& plan, const std::vector<uint64_t>& counts);
std::vector<std::string> NothingPlannedWarnings(const Plan& plan,
                                                const Census& census);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FORECAST_PREFLIGHT_H_
