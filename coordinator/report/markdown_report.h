// Formats a run as Markdown, for $GITHUB_STEP_SUMMARY and comments: verdict,
// thresholds, percentiles. Pure.
//
// Foreign text (names, reasons) appears only in code spans, so that it cannot
// become markup, a link or a mention.
#ifndef INVOCATOR_COORDINATOR_REPORT_MARKDOWN_REPORT_H_
#define INVOCATOR_COORDINATOR_REPORT_MARKDOWN_REPORT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "coordinator/books/judgement.h"
#include "coordinator/report/run_report.h"

namespace invocator {

std::string MarkdownReport(const RunReport& report,
                           const std::vector<ThresholdResult>& results);

// A code span of one clean line, also for table cells. Backquotes and pipes,
// which could end the span or the cell, become ' and U+00A6.
std::string CodeSpan(absl::string_view text);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REPORT_MARKDOWN_REPORT_H_
