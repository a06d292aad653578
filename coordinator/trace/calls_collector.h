// Collects the names and the counts by bin of the functions chosen from a
// trace.
//
// Memory: 4 bytes a bin and chosen function. Thread-compatible. Borrows the
// census, which must outlive it.
#ifndef INVOCATOR_COORDINATOR_TRACE_CALLS_COLLECTOR_H_
#define INVOCATOR_COORDINATOR_TRACE_CALLS_COLLECTOR_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "coordinator/trace/function_census.h"
#include "coordinator/trace/trace.h"

namespace invocator {

// Limit of bins, all chosen functions together: 200 MB.
inline constexpr uint64_t kMostCollectedBins = 50'000'000;

class CallsCollector final : public TraceSink {
 public:
  // `chosen`: numbers of functions, all different. RESOURCE_EXHAUSTED beyond
  // kMostCollectedBins.
  static absl::StatusOr<CallsCollector> Create(
      const FunctionCensus& census, const std::vector<uint32_t>& chosen,
      int64_t bins);

  // ABORTED for a name that the census has not seen: the file has changed.
  absl::StatusOr<uint32_t> NumberOf(absl::string_view name) override;
  std::optional<uint32_t> KnownNumberOf(absl::string_view name) const override;
  void Calls(uint32_t function, int64_t bin, uint32_t calls) override;
  void Duration(uint32_t, double, double) override {}
  void LeftOut(absl::string_view) override {}

  // By place in `chosen`.
  const std::vector<uint32_t>& counts(size_t place) const {
    return counts_[place];
  }
  std::vector<uint32_t> TakeCounts(size_t place) {
    return std::move(counts_[place]);
  }
  const std::string& name(size_t place) const { return names_[place]; }
  // OUT_OF_RANGE if a bin has more calls than a plan may have at once.
  absl::Status status() const { return status_; }
  // Most calls of all chosen functions in a bin.
  uint64_t PeakCalls() const;

 private:
  static constexpr uint32_t kNotChosen = UINT32_MAX;

  CallsCollector(const FunctionCensus& census,
                 const std::vector<uint32_t>& chosen, int64_t bins);

  const FunctionCensus& census_;
  std::vector<uint32_t> places_;  // by function
  std::vector<std::vector<uint32_t>> counts_;
  std::vector<std::string> names_;
  absl::Status status_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TRACE_CALLS_COLLECTOR_H_
