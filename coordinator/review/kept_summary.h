// Reads the summary.json of a finished run. Pure.
#ifndef INVOCATOR_COORDINATOR_REVIEW_KEPT_SUMMARY_H_
#define INVOCATOR_COORDINATOR_REVIEW_KEPT_SUMMARY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "coordinator/books/judgement.h"
#include "coordinator/report/run_report.h"
#include "coordinator/review/kept_block.h"

namespace invocator {

// The threshold that ended a run early.
struct AbortedBy {
  std::string check;
  std::string instance;  // empty: of the run
  // As in ThresholdResult, but latencies in microseconds.
  std::optional<double> value = std::nullopt;
  uint64_t calls = 0;
  uint64_t count = 0;
  uint64_t of = 0;
  AbortWindow window = {};
};

struct KeptSummary {
  // Everything but totals (they are in the blocks), planned and sent span,
  // timeline, workers and failures. `cost` is the cost of the measured phase,
  // without prices. `memory` has only functions that did not have the memory
  // size throughout. `losses` is empty if no load was lost.
  RunReport report;
  KeptBlock total;
  std::vector<std::string> names;    // of the instances
  std::vector<KeptBlock> instances;  // by name
  double sent_per_s = 0;
  std::optional<double> cost_per_million;  // of the charged requests
  std::optional<AbortedBy> aborted_by;
};

// Treats `text` as hostile. INVALID_ARGUMENT: one line per error, with `file`,
// JSON path, expectation and value.
absl::StatusOr<KeptSummary> ParseSummary(absl::string_view text,
                                         const std::string& file);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REVIEW_KEPT_SUMMARY_H_
