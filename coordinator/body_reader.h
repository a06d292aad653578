// Reads an instance's request bodies from its workload entry: `payload`, its
// older name `param_file`, or `data`.
#ifndef INVOCATOR_COORDINATOR_BODY_READER_H_
#define INVOCATOR_COORDINATOR_BODY_READER_H_

#include "common/plan.h"
#include "coordinator/field_reader.h"
#include "coordinator/payload_library.h"

namespace invocator {

// The members that are to be read as text.
inline constexpr VerbatimMembers kVerbatimBodies = {"instances", "data"};

// Fills payload_set. A header that tells the hash of the body has to tell that
// of every body, if requests are signed. What is wrong goes to `issues`,
// which the fields share. REQUIRES: signing and headers are read
void ReadBody(FieldReader& fields, PayloadLibrary& payloads,
              WorkloadIssues& issues, InstancePlan& instance);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_BODY_READER_H_
