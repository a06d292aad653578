// Counts a trace's functions, their calls in the window and their durations.
//
// Memory: about 100 bytes a function; names are kept as hashes of 128 bits.
// Thread-compatible.
#ifndef INVOCATOR_COORDINATOR_TRACE_FUNCTION_CENSUS_H_
#define INVOCATOR_COORDINATOR_TRACE_FUNCTION_CENSUS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "coordinator/trace/trace.h"

namespace invocator {

inline constexpr uint32_t kMostTraceFunctions = 2'000'000;

struct SeenFunction {
  uint64_t calls = 0;  // in the window
  double duration_sum_ms = 0;
  double duration_weight = 0;

  // Mean; nullopt without durations. 0 counts as 1 ms: recorders round down.
  std::optional<double> duration_ms() const;
};

class FunctionCensus final : public TraceSink {
 public:
  // `bins`: of the window.
  explicit FunctionCensus(int64_t bins) : bins_(bins) {}

  // RESOURCE_EXHAUSTED beyond kMostTraceFunctions.
  absl::StatusOr<uint32_t> NumberOf(absl::string_view name) override;
  std::optional<uint32_t> KnownNumberOf(absl::string_view name) const override;
  void Calls(uint32_t function, int64_t bin, uint32_t calls) override;
  void Duration(uint32_t function, double ms, double weight) override;
  void LeftOut(absl::string_view reason) override;

  // By number.
  const std::vector<SeenFunction>& functions() const { return functions_; }
  uint64_t calls_outside() const { return calls_outside_; }
  const std::map<std::string, uint64_t, std::less<>>& left_out() const {
    return left_out_;
  }
  // First and last bin with calls, in the window or not; nullopt without any.
  std::optional<std::pair<int64_t, int64_t>> bins_with_calls() const;

 private:
  using Key = std::pair<uint64_t, uint64_t>;
  static Key KeyOf(absl::string_view name);

  const int64_t bins_;
  absl::flat_hash_map<Key, uint32_t> numbers_;
  std::vector<SeenFunction> functions_;
  uint64_t calls_outside_ = 0;
  std::map<std::string, uint64_t, std::less<>> left_out_;
  int64_t first_bin_ = INT64_MAX;
  int64_t last_bin_ = INT64_MIN;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TRACE_FUNCTION_CENSUS_H_
