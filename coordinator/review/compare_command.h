// `invocator compare`: compares finished runs.
#ifndef INVOCATOR_COORDINATOR_REVIEW_COMPARE_COMMAND_H_
#define INVOCATOR_COORDINATOR_REVIEW_COMPARE_COMMAND_H_

#include <cstddef>
#include <string>
#include <vector>

#include "coordinator/precision/change_limit.h"

namespace invocator {

// More would not fit into a table.
inline constexpr size_t kMostComparedRuns = 16;

struct CompareOptions {
  std::vector<std::string> folders;  // the last is compared with the others
  std::vector<ChangeLimit> fail_if;
  bool anyway = false;  // also runs whose schedule was missed
};

// Prints the comparison on stdout, messages on stderr. Returns the process's
// exit code. REQUIRES: at least two folders
int CompareFinishedRuns(const CompareOptions& options);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REVIEW_COMPARE_COMMAND_H_
