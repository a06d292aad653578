// Maps functions of a trace to instances of a template, by duration. Pure.
#ifndef INVOCATOR_COORDINATOR_TRACE_DURATION_MAP_H_
#define INVOCATOR_COORDINATOR_TRACE_DURATION_MAP_H_

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace invocator {

struct MappedFunction {
  size_t instance = 0;  // of the template
  bool by_duration = false;
};

class DurationMap {
 public:
  // By instance, its expected duration in milliseconds, if it has one.
  // REQUIRES: !expected_ms.empty(); durations > 0
  explicit DurationMap(std::vector<std::optional<double>> expected_ms)
      : expected_ms_(std::move(expected_ms)) {}

  // The instance whose expected duration has the nearest logarithm, the first
  // of equally near ones. In turn, from the first instance on, if the
  // function's duration or every instance's is unknown.
  MappedFunction Next(std::optional<double> duration_ms);

 private:
  const std::vector<std::optional<double>> expected_ms_;
  size_t turn_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TRACE_DURATION_MAP_H_
