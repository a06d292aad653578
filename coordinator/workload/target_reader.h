// Decides what an instance's requests reach, once, when its workload is read.
// Pure.
#ifndef INVOCATOR_COORDINATOR_WORKLOAD_TARGET_READER_H_
#define INVOCATOR_COORDINATOR_WORKLOAD_TARGET_READER_H_

#include <optional>

#include "common/plan/plan.h"

namespace invocator {

// Sets target kind, invocation type and region. `named`: by the workload. Where
// it names none, or any URL, an AWS host name decides, else the signing scope.
// REQUIRES: the instance's endpoint, signing and headers are read
void ReadTarget(std::optional<TargetKind> named, InstancePlan& instance);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WORKLOAD_TARGET_READER_H_
