// Decides the kind of service that an instance's requests reach, once, when its
// workload is read. Pure.
#ifndef INVOCATOR_COORDINATOR_WORKLOAD_TARGET_READER_H_
#define INVOCATOR_COORDINATOR_WORKLOAD_TARGET_READER_H_

#include <string>

#include "common/plan/plan.h"

namespace invocator {

// The workload's own words about a target.
struct TargetWords {
  TargetKind kind = TargetKind::kApiGateway;  // as of ReadInvoker
  bool is_named = false;                      // by "invoker"
  std::string region = {};  // of the workload, else the default; or empty
};

// Sets target kind, invocation type and region. A named kind other than http
// wins. Otherwise an AWS host name decides, then the signature: without one, or
// with "invoker": "http", the target is kHttp, except that a request signed for
// Lambda with the path of its Invoke API is kLambda.
// REQUIRES: the instance's endpoint, signing and headers are read
void ReadTarget(const TargetWords& words, InstancePlan& instance);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WORKLOAD_TARGET_READER_H_
