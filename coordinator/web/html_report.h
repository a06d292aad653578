// Assembles the report page: one file that works without a network. Pure.
//
// Its Content Security Policy allows only the page's own script and style, by
// their hashes. Data is embedded so that none of it can be parsed as markup.
#ifndef INVOCATOR_COORDINATOR_WEB_HTML_REPORT_H_
#define INVOCATOR_COORDINATOR_WEB_HTML_REPORT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace invocator {

// `runs_json`: from RunPageJson, one run or several to compare.
std::string HtmlReport(const std::vector<std::string>& runs_json,
                       absl::string_view title);

// The live page, which gets its data from "events" of its server.
std::string LivePage(absl::string_view title);

// Value of the Content-Security-Policy header to send with LivePage.
std::string LivePagePolicy();

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WEB_HTML_REPORT_H_
