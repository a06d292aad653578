// Reads an instance's headers from its workload entry. Values may come from the
// environment, so that secrets need not stand in the file.
#ifndef INVOCATOR_COORDINATOR_WORKLOAD_HEADER_READER_H_
#define INVOCATOR_COORDINATOR_WORKLOAD_HEADER_READER_H_

#include "common/base/environment.h"
#include "common/plan/plan.h"
#include "coordinator/json/field_reader.h"

namespace invocator {

// Source of header values that a workload takes from environment variables.
struct HeaderVariables {
  Environment environment = ProcessVariable;
  // An unset variable is an error, or, if nothing will be sent, only worth a
  // warning.
  bool required = true;
};

// Fills the headers and the variables that they came from. Errors never show a
// value that may be a secret. REQUIRES: signing is read
void ReadHeaders(FieldReader& fields, const HeaderVariables& variables,
                 WorkloadIssues& issues, InstancePlan& instance);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WORKLOAD_HEADER_READER_H_
