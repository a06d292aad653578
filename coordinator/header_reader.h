// Reads an instance's headers from its workload entry. Values may come from the
// environment, so that secrets need not stand in the file.
#ifndef INVOCATOR_COORDINATOR_HEADER_READER_H_
#define INVOCATOR_COORDINATOR_HEADER_READER_H_

#include "common/environment.h"
#include "common/plan.h"
#include "coordinator/field_reader.h"

namespace invocator {

// Where values of headers come from that the file only names.
struct HeaderVariables {
  Environment environment = ProcessVariable;
  // Whether a variable that is unset is an error, or worth a warning only:
  // where nothing is sent, nothing is missed.
  bool required = true;
};

// Fills the headers and what variables they came from. Errors never show a
// value that may be a secret. REQUIRES: signing is read
void ReadHeaders(FieldReader& fields, const HeaderVariables& variables,
                 WorkloadIssues& issues, InstancePlan& instance);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_HEADER_READER_H_
