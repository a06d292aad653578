// `invocator report`: makes the report page of finished runs.
#ifndef INVOCATOR_COORDINATOR_REVIEW_REPORT_COMMAND_H_
#define INVOCATOR_COORDINATOR_REVIEW_REPORT_COMMAND_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace invocator {

// Limit of runs on one page, which shows each in a different colour.
inline constexpr size_t kMostReportedRuns = 16;

struct ReportOptions {
  std::vector<std::string> folders;
  // The file to write; empty: report.html in the folder of the only run.
  std::string output;
};

// Writes the page and prints its path on stdout, messages on stderr. Returns
// the process's exit code. REQUIRES: one folder, or several and an output
int ReportFinishedRuns(const ReportOptions& options);

struct ReportPage {
  std::string html;
  // Whether group or others may not read one of the runs' summaries.
  bool is_private = false;
};

// The page of the runs in `folders`. Its data is that of the runs' own
// report.html.
//
// INVALID_ARGUMENT if one is not the folder of a finished run: one line per
// error, which names the file.
absl::StatusOr<ReportPage> ReportPageOf(
    const std::vector<std::string>& folders);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REVIEW_REPORT_COMMAND_H_
