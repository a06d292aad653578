// Parser of the REPORT line at the end of Lambda's log of an invocation, as
// text or, where the function logs JSON, as a platform.report. Source: Lambda
// developer guide, logging. Pure; unparsable input yields nothing.
#ifndef INVOCATOR_WORKER_EXCHANGE_LAMBDA_REPORT_H_
#define INVOCATOR_WORKER_EXCHANGE_LAMBDA_REPORT_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace invocator {

struct LambdaReport {
  // Includes the billed time of restoring a snapshot.
  int64_t billed_ms = 0;
  uint32_t memory_mb = 0;
  uint32_t memory_used_mb = 0;
  // Of a cold start: initialising, or restoring a snapshot. Absent: warm.
  std::optional<int64_t> init_us;
};

// Reads the last REPORT line or platform.report of a log. Nullopt without one,
// or if billed duration, memory size or memory used is missing or impossible.
std::optional<LambdaReport> ParseLambdaReport(absl::string_view log);

// The same for a log from X-Amz-Log-Result: base64, 4 KB at most.
std::optional<LambdaReport> ParseLogResult(absl::string_view base64);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_EXCHANGE_LAMBDA_REPORT_H_
