// REPORT line at the end of Lambda's log of an invocation, as text or, where
// the function logs JSON, as a platform.report. Source: Lambda developer guide,
// logging. Pure; input that cannot be understood yields nothing.
#ifndef INVOCATOR_WORKER_EXCHANGE_LAMBDA_REPORT_H_
#define INVOCATOR_WORKER_EXCHANGE_LAMBDA_REPORT_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace invocator {

struct LambdaReport {
  // With what a restored snapshot is billed for.
  int64_t billed_ms = 0;
  uint32_t memory_mb = 0;
  uint32_t memory_used_mb = 0;
  // Of a cold start: initialising, or restoring a snapshot. Absent: warm.
  std::optional<int64_t> init_us;
};

// Of the last REPORT line, or platform.report, of a log; nullopt without one,
// or if it lacks any of billed duration, memory size and memory used, or names
// one that cannot be.
std::optional<LambdaReport> ParseLambdaReport(absl::string_view log);

// Of a log as X-Amz-Log-Result has it: in base64, 4 KB at most.
std::optional<LambdaReport> ParseLogResult(absl::string_view base64);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_EXCHANGE_LAMBDA_REPORT_H_
