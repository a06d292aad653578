// Reads any CSV file with a row for each call: a column of instants and an
// optional column of function names. Rows need no order.
#ifndef INVOCATOR_COORDINATOR_TRACE_TIMESTAMP_TRACE_H_
#define INVOCATOR_COORDINATOR_TRACE_TIMESTAMP_TRACE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "coordinator/shapes/timestamp_text.h"
#include "coordinator/trace/trace.h"
#include "coordinator/trace/trace_file.h"

namespace invocator {

struct TimestampColumns {
  std::string instant = "timestamp";
  TimeUnit unit = TimeUnit::kSeconds;
  std::string function = {};  // empty: all rows are of one function
};

class TimestampTrace final : public Trace {
 public:
  TimestampTrace(std::vector<std::string> files, TimestampColumns columns)
      : files_(std::move(files)), columns_(std::move(columns)) {}

  int64_t bin_s() const override { return 1; }
  // The trace begins with its earliest instant. The first call reads the files
  // once more, to find it.
  absl::StatusOr<std::vector<TraceSource>> Read(const TraceWindow& window,
                                                TraceSink& sink) override;

 private:
  // Visits each row's instant, in nanoseconds.
  absl::StatusOr<TraceSource> ReadFile(
      const std::string& path,
      absl::FunctionRef<absl::Status(const TraceFile&,
                                     std::optional<size_t> function_column,
                                     int64_t instant_ns)>
          visit) const;
  absl::Status FindOrigin();

  const std::vector<std::string> files_;
  const TimestampColumns columns_;
  std::optional<int64_t> origin_ns_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TRACE_TIMESTAMP_TRACE_H_
