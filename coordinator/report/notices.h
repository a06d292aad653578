// Messages on stderr before a run plays.
#ifndef INVOCATOR_COORDINATOR_REPORT_NOTICES_H_
#define INVOCATOR_COORDINATOR_REPORT_NOTICES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/plan/plan.h"
#include "coordinator/books/census.h"
#include "coordinator/cost/cost.h"

namespace invocator {

// Prints "invocator: " and the error's message.
void PrintError(const absl::Status& error);
// The same for each warning.
void Warn(const std::vector<std::string>& warnings);

// Prints the planned invocations and the results folder.
void PrintPlanned(const Plan& plan, const Census& census,
                  const std::string& folder);
// Prints the estimated cost, if AWS's prices apply.
void PrintEstimate(const Cost& cost);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REPORT_NOTICES_H_
