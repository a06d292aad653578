// Reads "expect" of an instance in the workload: the statuses that are ok.
#ifndef INVOCATOR_COORDINATOR_WORKLOAD_EXPECT_READER_H_
#define INVOCATOR_COORDINATOR_WORKLOAD_EXPECT_READER_H_

#include "common/plan/plan.h"
#include "coordinator/json/field_reader.h"

namespace invocator {

// Fills expected_statuses from "expect", if the instance has one. Errors go to
// `issues`, which the fields share.
void ReadExpect(FieldReader& fields, WorkloadIssues& issues,
                InstancePlan& instance);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WORKLOAD_EXPECT_READER_H_
