// `invocator trace`: makes a workload from a public trace.
#ifndef INVOCATOR_COORDINATOR_TRACE_TRACE_COMMAND_H_
#define INVOCATOR_COORDINATOR_TRACE_TRACE_COMMAND_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "coordinator/trace/function_pick.h"
#include "coordinator/trace/timestamp_trace.h"
#include "coordinator/trace/trace_window.h"

namespace invocator {

enum class TraceFormat { kAzure2019, kAzure2021, kHuawei, kTimestamps };

// By TraceFormat.
inline constexpr absl::string_view kTraceFormats[] = {"azure2019", "azure2021",
                                                      "huawei", "timestamps"};

struct TraceOptions {
  TraceFormat format = TraceFormat::kAzure2019;
  std::vector<std::string> files;
  TraceWindow window;
  FunctionPick pick;
  std::optional<double> peak_rate;  // calls per second
  TimestampColumns columns;         // of kTimestamps
  std::string onto;                 // the template
  std::string out;                  // folder to create
};

// Prints what was made on stdout, messages on stderr. Returns the process's
// exit code.
int ConvertTrace(const TraceOptions& options);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TRACE_TRACE_COMMAND_H_
