// Writes histograms.hlog: the histograms of a run, by bin and as a whole.
#ifndef INVOCATOR_COORDINATOR_REPORT_RUN_HISTOGRAMS_H_
#define INVOCATOR_COORDINATOR_REPORT_RUN_HISTOGRAMS_H_

#include <string>

#include "absl/status/status.h"
#include "coordinator/report/run_report.h"
#include "coordinator/text/text_file.h"

namespace invocator {

// By bin, of both phases together: response (without a tag), lateness, service
// and first_byte of the run, and response of each lane. By phase: every metric
// of the run and of each instance. Empty histograms are left out.
absl::Status WriteHistograms(const RunReport& report, const std::string& path,
                             Readers readers);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REPORT_RUN_HISTOGRAMS_H_
