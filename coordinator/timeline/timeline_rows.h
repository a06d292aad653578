// Reads timeline.csv as TimelineCsv writes it. Pure.
#ifndef INVOCATOR_COORDINATOR_TIMELINE_TIMELINE_ROWS_H_
#define INVOCATOR_COORDINATOR_TIMELINE_TIMELINE_ROWS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "coordinator/timeline/timeline.h"

namespace invocator {

// A row's latencies of one metric; nullopt without calls.
struct RowLatency {
  std::optional<int64_t> p99_ns;
  std::optional<int64_t> max_ns;  // exact, if the file has it
};

struct TimelineRow {
  BinCounts counts;  // `warm` is not in the file
  RowLatency response;
  // Only in rows of the whole run; the last two without maxima.
  RowLatency lateness = {};
  RowLatency service = {};
  RowLatency first_byte = {};
};

struct TimelineBin {
  TimelineRow whole;
  std::vector<TimelineRow> lanes;
};

// "sent is 3, expected 4": names the first count in the file that differs;
// empty if none does.
std::string CountsDiffer(const BinCounts& found, const BinCounts& expected);

// The bins of the plan, and more up to the last count. Treats `text` as
// hostile: the rows have to be those of all bins and lanes, in order, and a
// bin's counts the sums of its lanes'.
//
// INVALID_ARGUMENT: `file`, line, column, value and expectation.
absl::StatusOr<std::vector<TimelineBin>> ParseTimelineCsv(
    absl::string_view text, const std::string& file, const TimeBins& bins,
    const std::vector<std::string>& lane_names);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TIMELINE_TIMELINE_ROWS_H_
