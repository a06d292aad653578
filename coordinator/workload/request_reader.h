// Reads the form of an instance's requests from its workload entry.
#ifndef INVOCATOR_COORDINATOR_WORKLOAD_REQUEST_READER_H_
#define INVOCATOR_COORDINATOR_WORKLOAD_REQUEST_READER_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "common/plan/plan.h"
#include "coordinator/json/field_reader.h"
#include "coordinator/workload/aws_defaults.h"
#include "coordinator/workload/header_reader.h"

namespace invocator {

// Fills endpoint, signing, method, headers and timeout. Errors go to `issues`,
// which the fields share.
void ReadRequest(FieldReader& fields, const AwsDefaults& aws,
                 const HeaderVariables& variables, WorkloadIssues& issues,
                 InstancePlan& instance);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WORKLOAD_REQUEST_READER_H_
