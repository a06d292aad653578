// Reads the thresholds of a workload file and of the command line.
#ifndef INVOCATOR_COORDINATOR_WORKLOAD_THRESHOLD_READER_H_
#define INVOCATOR_COORDINATOR_WORKLOAD_THRESHOLD_READER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "coordinator/books/threshold.h"
#include "coordinator/json/field_reader.h"
#include "coordinator/json/workload_issues.h"

namespace invocator {

inline constexpr size_t kMaxThresholds = 100;  // of the run, or of an instance

enum class ThresholdScope { kRun, kInstance };

// Reads the member "thresholds": a list of checks
// (coordinator/books/threshold.h) and of objects with a check and flags. Errors
// go to `issues`.
std::vector<Threshold> ReadThresholds(FieldReader& fields, ThresholdScope scope,
                                      WorkloadIssues& issues);

// A version's list: those of its instance, which hold for every version, and
// its own. `fields`: the version's own. Errors as for ReadThresholds.
std::vector<Threshold> WithInherited(std::vector<Threshold> thresholds,
                                     FieldReader& fields,
                                     WorkloadIssues& issues);

// Warns, at "thresholds" of the workload, of those that cannot end the run,
// since the test is too short, and of those on calls in flight of instances
// that the timeline does not have. `duration_s`: the test's, if known.
void WarnOfThresholds(const WorkloadThresholds& thresholds,
                      std::optional<double> duration_s, FieldReader& workload);

// Reads a single check, as in --threshold. Errors as in ParseThreshold, with a
// suggestion for a misspelt metric.
absl::StatusOr<Threshold> ReadCheck(absl::string_view text);
// Reads all of them. The error has a line for each wrong one.
absl::StatusOr<std::vector<Threshold>> ReadChecks(
    const std::vector<std::string>& texts);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WORKLOAD_THRESHOLD_READER_H_
