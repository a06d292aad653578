// Judges the changes from earlier runs to a later one. Pure.
#ifndef INVOCATOR_COORDINATOR_REVIEW_CHANGE_JUDGEMENT_H_
#define INVOCATOR_COORDINATOR_REVIEW_CHANGE_JUDGEMENT_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "coordinator/books/judgement.h"
#include "coordinator/precision/change_limit.h"
#include "coordinator/review/run_folder.h"
#include "coordinator/statistics/interval.h"

namespace invocator {

// A change to the last run, in the subject's unit, that is more than chance.
struct KnownChange {
  double before = 0;    // mean of the earlier runs
  Interval difference;  // from it (coordinator/statistics/difference.h)
};

// `results`: of one subject, by run. Nullopt unless all have an interval.
std::optional<KnownChange> KnownChangeOf(
    absl::Span<const ThresholdResult> results);

struct ChangeResult {
  ChangeLimit limit;
  // Whether the change is beyond the limit: the near end of its interval. Of a
  // subject without an interval the change from every earlier run must be. No
  // data in either run counts as beyond.
  bool is_beyond = false;
  // By earlier run: "+8.2 %, 288 ms to 312 ms", "no data: no calls in run 2".
  std::vector<std::string> changes;
  // The interval: "+3.1 .. +13.4 %", or why it is not known; may be empty.
  std::string range;
};

// Compares the last of `runs` with the earlier ones, with intervals if they
// have timelines. REQUIRES: at least two runs
std::vector<ChangeResult> JudgeChanges(absl::Span<const ChangeLimit> limits,
                                       absl::Span<const KeptRun> runs);

// Lines of the comparison; empty without results.
std::string ChangeLines(const std::vector<ChangeResult>& results);

// "+3.1 .. +13.4 %" of `before`, or in points; "?" for an unknown end.
std::string ChangeRange(const KnownChange& change, bool in_points);

// Name of a compared run: "run 1" for index 0.
std::string ComparedName(size_t index);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REVIEW_CHANGE_JUDGEMENT_H_
