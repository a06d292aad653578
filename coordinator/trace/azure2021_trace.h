// Reads the Azure Functions trace of 2021: a row for each invocation, with its
// end and its duration in seconds.
//
// An invocation starts at its end minus its duration; rows are in no order of
// start. A function is known by app and function together. Source:
// AzureFunctionsInvocationTrace2021.md of Azure's public datasets.
#ifndef INVOCATOR_COORDINATOR_TRACE_AZURE2021_TRACE_H_
#define INVOCATOR_COORDINATOR_TRACE_AZURE2021_TRACE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "coordinator/trace/trace.h"

namespace invocator {

class Azure2021Trace final : public Trace {
 public:
  explicit Azure2021Trace(std::vector<std::string> files)
      : files_(std::move(files)) {}

  int64_t bin_s() const override { return 1; }
  absl::StatusOr<std::vector<TraceSource>> Read(const TraceWindow& window,
                                                TraceSink& sink) override;

 private:
  const std::vector<std::string> files_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TRACE_AZURE2021_TRACE_H_
