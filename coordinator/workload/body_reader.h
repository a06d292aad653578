// Reads an instance's request bodies from its workload entry: `payload`, its
// older name `param_file`, or `data`.
#ifndef INVOCATOR_COORDINATOR_WORKLOAD_BODY_READER_H_
#define INVOCATOR_COORDINATOR_WORKLOAD_BODY_READER_H_

#include "common/plan/plan.h"
#include "coordinator/json/field_reader.h"
#include "coordinator/workload/payload_library.h"

namespace invocator {

// Members to be read as text.
inline constexpr VerbatimMembers kVerbatimBodies = {"instances", "data",
                                                    "versions"};

// Fills payload_set. If requests are signed, a header with the body's hash must
// match every body. Errors go to `issues`, which the fields share.
// REQUIRES: signing and headers are read
void ReadBody(FieldReader& fields, PayloadLibrary& payloads,
              WorkloadIssues& issues, InstancePlan& instance);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WORKLOAD_BODY_READER_H_
