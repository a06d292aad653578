// Rebuilds the histograms of a finished run: cells from histograms.hlog, exact
// extremes and means from its summary.
#ifndef INVOCATOR_COORDINATOR_REVIEW_KEPT_HISTOGRAMS_H_
#define INVOCATOR_COORDINATOR_REVIEW_KEPT_HISTOGRAMS_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "coordinator/review/kept_summary.h"

namespace invocator {

// Limit of memory for the histograms of a run.
inline constexpr size_t kMaxKeptHistogramBytes = size_t{4} << 30;

// Fills in the measured phase's histograms of the run and of each instance, in
// the summary's blocks. `summary_file` is for messages.
//
// Errors: those of ReadHistogramLog; INVALID_ARGUMENT if log and summary
// contradict each other or histograms exceed `max_bytes`. They name the files.
absl::Status ReadKeptHistograms(const std::string& log_file,
                                const std::string& summary_file,
                                KeptSummary& summary,
                                size_t max_bytes = kMaxKeptHistogramBytes);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REVIEW_KEPT_HISTOGRAMS_H_
