// Rebuilds the histograms of a finished run: cells from histograms.hlog, exact
// extremes and mean from its summary.
#ifndef INVOCATOR_COORDINATOR_REVIEW_KEPT_HISTOGRAMS_H_
#define INVOCATOR_COORDINATOR_REVIEW_KEPT_HISTOGRAMS_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "coordinator/review/kept_summary.h"

namespace invocator {

// The histograms of a run may take this much memory.
inline constexpr size_t kMaxKeptHistogramBytes = size_t{4} << 30;

// Fills in the histograms of the measured phase, of the run and of each
// instance, in the summary's blocks. `summary_file` is for messages.
//
// Errors: those of ReadHistogramLog; INVALID_ARGUMENT where log and summary
// contradict each other, and beyond `max_bytes`. They name the files.
absl::Status ReadKeptHistograms(const std::string& log_file,
                                const std::string& summary_file,
                                KeptSummary& summary,
                                size_t max_bytes = kMaxKeptHistogramBytes);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REVIEW_KEPT_HISTOGRAMS_H_
