// `invocator check`: judges a finished run again.
#ifndef INVOCATOR_COORDINATOR_REVIEW_CHECK_COMMAND_H_
#define INVOCATOR_COORDINATOR_REVIEW_CHECK_COMMAND_H_

#include <string>
#include <vector>

#include "coordinator/books/judgement.h"
#include "coordinator/books/threshold.h"
#include "coordinator/review/run_folder.h"

namespace invocator {

struct CheckOptions {
  std::string folder;
  // For the whole run, in addition to its workload's.
  std::vector<Threshold> thresholds;
  std::string junit;     // file to write; empty: none
  std::string markdown;  // the same
};

// Prints the judgement on stdout, messages on stderr. Returns the process's
// exit code.
int CheckFinishedRun(const CheckOptions& options);

// The judgement as text.
std::string JudgementText(const KeptRun& run,
                          const std::vector<ThresholdResult>& results);

// The exit code, worst first.
int ExitCodeOf(const KeptRun& run, const std::vector<ThresholdResult>& results);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REVIEW_CHECK_COMMAND_H_
