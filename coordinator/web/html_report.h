// Assembles the report page: one file that works without a network. Pure.
//
// Its Content Security Policy allows the page's own script and style alone, by
// their hashes. Data is embedded so that nothing in it is markup.
#ifndef INVOCATOR_COORDINATOR_WEB_HTML_REPORT_H_
#define INVOCATOR_COORDINATOR_WEB_HTML_REPORT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace invocator {

// `runs_json`: from RunPageJson, one run or several to compare.
std::string HtmlReport(const std::vector<std::string>& runs_json,
                       absl::string_view title);

// The page that fills itself from "events" of its server.
std::string LivePage(absl::string_view title);

// Value of the header Content-Security-Policy that is to come with LivePage.
std::string LivePagePolicy();

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WEB_HTML_REPORT_H_
