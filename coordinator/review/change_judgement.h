// Judges the changes from earlier runs to a later one. Pure.
#ifndef INVOCATOR_COORDINATOR_REVIEW_CHANGE_JUDGEMENT_H_
#define INVOCATOR_COORDINATOR_REVIEW_CHANGE_JUDGEMENT_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "coordinator/review/change_limit.h"
#include "coordinator/review/run_folder.h"

namespace invocator {

struct ChangeResult {
  ChangeLimit limit;
  // Whether the change from every earlier run is beyond the limit; runs are
  // never averaged. No data in either run counts as beyond.
  bool is_beyond = false;
  // By earlier run: "+8.2 %, 288 ms to 312 ms", "no data: no calls in run 2".
  std::vector<std::string> changes;
};

// Compares the last of `runs` with each earlier one. REQUIRES: at least two
// runs
std::vector<ChangeResult> JudgeChanges(absl::Span<const ChangeLimit> limits,
                                       absl::Span<const KeptRun> runs);

// Lines of the comparison; empty without results.
std::string ChangeLines(const std::vector<ChangeResult>& results);

// Name of a compared run: "run 1" for index 0.
std::string ComparedName(size_t index);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REVIEW_CHANGE_JUDGEMENT_H_
