// Partition of a plan over workers and engines. Instances are placed whole on
// the least loaded worker, heaviest first; an instance whose rate exceeds a
// fair share is striped. A blocking plan's instances are never split. Versions
// that are due together are placed together, in equal stripes: one engine has a
// stripe of all of them. Pure and deterministic.
#ifndef INVOCATOR_COMMON_PLAN_PARTITION_H_
#define INVOCATOR_COMMON_PLAN_PARTITION_H_

#include <cstddef>
#include <vector>

#include "common/plan/plan.h"
#include "common/plan/share.h"

namespace invocator {

// Mean rate of an instance over the test, in invocations per second; for a
// list, its count over its span. Bursts count with their long-run mean. Of a
// version, its part if the versions split the arrivals. Ignores activity
// windows.
double MeanRate(const InstancePlan& instance);

// One share for each instance, the whole of it.
std::vector<Share> WholeShares(const Plan& plan);

// One list of shares per worker; their union is the plan. REQUIRES: workers > 0
std::vector<std::vector<Share>> PartitionPlan(const Plan& plan, size_t workers);

// The same over the engines of one worker. REQUIRES: engines > 0
std::vector<std::vector<Share>> PartitionShares(
    const Plan& plan, const std::vector<Share>& shares, size_t engines);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PLAN_PARTITION_H_
