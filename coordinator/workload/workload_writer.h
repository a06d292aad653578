// Writes a plan as a workload into a run's folder, with every default spelled
// out, the seed as drawn, and payloads beside it. Loading it gives the same
// plan, hence the same schedule and requests, and the same thresholds.
#ifndef INVOCATOR_COORDINATOR_WORKLOAD_WORKLOAD_WRITER_H_
#define INVOCATOR_COORDINATOR_WORKLOAD_WORKLOAD_WRITER_H_

#include <string>

#include "absl/status/status.h"
#include "common/plan/plan.h"
#include "coordinator/json/json.h"
#include "coordinator/workload/threshold_reader.h"

namespace invocator {

// The object of workload.json. It may hold secrets.
Json ResolvedWorkload(const Plan& plan, const WorkloadThresholds& thresholds);

// Writes <folder>/workload.json and, for payloads, <folder>/payloads/<name>,
// one file per payload set, named like the file it came from; for arrivals from
// files <folder>/arrivals/<instance>.csv. Errors: the system's. REQUIRES: the
// folder exists.
absl::Status WriteResolvedWorkload(const Plan& plan, const std::string& folder,
                                   const WorkloadThresholds& thresholds = {});

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WORKLOAD_WORKLOAD_WRITER_H_
