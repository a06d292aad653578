// Formats a cost as text and as JSON. Pure.
#ifndef INVOCATOR_COORDINATOR_COST_COST_REPORT_H_
#define INVOCATOR_COORDINATOR_COST_COST_REPORT_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "coordinator/cost/cost.h"
#include "coordinator/json/json.h"

namespace invocator {

// "4.12 USD", "0.00421 USD", "0 USD": two decimals, or three digits if small.
std::string FormatMoney(int64_t nano, absl::string_view currency);

// "4.12 USD: 1000000 requests 3.70, 25000 GB-s 0.417"; with "about" or "at
// least" before the cost if it is not exact.
std::string CostWords(const Cost& cost);

// "4.12 USD", "~4.12 USD" if estimated, ">=3.70 USD" without all durations, or
// "-" without requests.
std::string PerMillionWords(const Cost& cost);

// Assumptions behind the cost: lines that begin with `indent` and have at most
// 100 columns, unless a word is longer.
std::string AssumptionLines(const Cost& cost, absl::string_view indent);

// The cost block of summary.json. `measured`: cost of the measured calls after
// a warm-up, else null; the cost per million requests is taken from it.
Json CostJson(const Cost& cost, const Cost* measured = nullptr);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_COST_COST_REPORT_H_
