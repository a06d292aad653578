// Latencies of consecutive bins of time, as the statistics need them: counts up
// to a value by bin, for any value. About ten bytes per non-zero cell.
//
// The caller chooses the bins: of equal width, wholly after the warm-up.
// Units: nanoseconds. Thread-compatible.
#ifndef INVOCATOR_COORDINATOR_STATISTICS_LATENCY_BINS_H_
#define INVOCATOR_COORDINATOR_STATISTICS_LATENCY_BINS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "common/result/histogram.h"

namespace invocator {

class LatencyBins {
 public:
  LatencyBins() = default;
  explicit LatencyBins(absl::Span<const Histogram> bins);

  // Appends a bin, which may be empty.
  void Add(const Histogram& bin);

  size_t size() const { return calls_.size(); }
  uint64_t count() const { return whole_.count(); }
  // All bins together.
  const Histogram& whole() const { return whole_; }

  // By bin: calls, and the sum of their latencies.
  const std::vector<double>& calls() const { return calls_; }
  const std::vector<double>& sums_ns() const { return sums_ns_; }
  // Calls of each bin in cells (see Histogram) up to `cell`. Takes time in
  // proportion to the bins.
  std::vector<double> CountsUpTo(int cell) const;

  // The value of that rank, as Histogram::QuantileNs gives it.
  // REQUIRES: 1 <= rank <= count()
  int64_t ValueNs(double rank) const;
  // REQUIRES: calls()[bin] > 0
  int64_t MedianNs(size_t bin) const;
  // Variance of a single call's latency, from the middles of cells.
  double VarianceNs2() const;

 private:
  // Non-zero cells of all bins, with the bin's calls up to each.
  std::vector<uint16_t> cells_;
  std::vector<uint64_t> up_to_;
  std::vector<size_t> begins_ = {0};  // by bin, in both; one more at the end
  std::vector<double> calls_;
  std::vector<double> sums_ns_;
  Histogram whole_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_STATISTICS_LATENCY_BINS_H_
