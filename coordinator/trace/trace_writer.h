// Writes the workload made from a trace: workload.json, the counts of each
// instance, payloads, and trace.json, which records how it was made.
#ifndef INVOCATOR_COORDINATOR_TRACE_TRACE_WRITER_H_
#define INVOCATOR_COORDINATOR_TRACE_TRACE_WRITER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "coordinator/json/json.h"
#include "coordinator/trace/trace.h"
#include "coordinator/trace/trace_template.h"
#include "coordinator/trace/trace_window.h"

namespace invocator {

// One instance of the workload.
struct TracedFunction {
  std::string name;  // in the trace
  uint32_t row = 0;  // counted from 1
  uint64_t calls = 0;
  std::optional<double> duration_ms;
  size_t instance = 0;  // of the template
  bool by_duration = false;
  std::vector<uint32_t> counts = {};  // by bin
};

struct TracedWorkload {
  std::string format;
  std::vector<TraceSource> sources;
  TraceWindow window;
  int64_t bin_s = 60;
  Json options;  // for trace.json
  uint32_t seed = 0;
  std::vector<TracedFunction> functions;
  size_t seen_functions = 0;  // in the trace
  double peak_per_s = 0;      // before thinning
  double thin = 1;
  std::vector<std::pair<std::string, uint64_t>> dropped;
};

// "<template instance>-<rank>", the rank padded to equal length. By function.
std::vector<std::string> InstanceNames(const TraceTemplate& onto,
                                       const TracedWorkload& workload);

// The object of workload.json, and that of trace.json.
Json WorkloadJson(const TraceTemplate& onto, const TracedWorkload& workload);
Json TraceJson(const TraceTemplate& onto, const TracedWorkload& workload);

// ALREADY_EXISTS unless `folder` is missing or empty; else the system's.
absl::Status CheckNewFolder(const std::string& folder);

// Writes everything into `folder`, which it creates with missing parents, and
// loads the workload to prove it valid. As private as the template.
//
// Errors: as CheckNewFolder; INVALID_ARGUMENT for a workload that the template
// makes invalid; else the system's. After an error, everything written is
// removed.
absl::Status WriteTracedWorkload(const TraceTemplate& onto,
                                 const TracedWorkload& workload,
                                 const std::string& folder);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TRACE_TRACE_WRITER_H_
