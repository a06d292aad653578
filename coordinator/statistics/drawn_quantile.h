// Percentile of a run whose blocks of bins count several times or not at all.
// Looks for it by bisection over the cells in use; the counts up to a cell, by
// block, are summed once and kept. Borrows the bins.
//
// Units: nanoseconds. Thread-compatible.
#ifndef INVOCATOR_COORDINATOR_STATISTICS_DRAWN_QUANTILE_H_
#define INVOCATOR_COORDINATOR_STATISTICS_DRAWN_QUANTILE_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "common/result/histogram.h"
#include "coordinator/statistics/latency_bins.h"

namespace invocator {

class DrawnQuantile {
 public:
  // Sums numbers of bins by block.
  using SumBlocks =
      std::function<std::vector<double>(absl::Span<const double>)>;

  // REQUIRES: bins.count() > 0
  DrawnQuantile(const LatencyBins& bins, double ratio, SumBlocks sum_blocks)
      : bins_(bins), ratio_(ratio), sum_blocks_(std::move(sum_blocks)) {
    bins.whole().ForEachCell(
        [this](int cell, uint64_t) { cells_.push_back(cell); });
    columns_.resize(cells_.size());
    calls_ = sum_blocks_(bins.calls());
  }

  // 0 if no drawn block has a call.
  double Of(absl::Span<const double> times) {
    const double calls = Dot(times, calls_);
    if (calls == 0) return 0;
    // As in Histogram::QuantileNs.
    constexpr double kRoundingSlack = 1 - 1e-15;
    const double rank =
        std::max(std::ceil(ratio_ * calls * kRoundingSlack), 1.0);
    size_t low = 0;
    size_t high = cells_.size() - 1;
    while (low < high) {
      const size_t middle = low + (high - low) / 2;
      if (Dot(times, Column(middle)) >= rank) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return static_cast<double>(std::min(Histogram::CellHighestNs(cells_[low]),
                                        bins_.whole().max_ns()));
  }

 private:
  static double Dot(absl::Span<const double> a, absl::Span<const double> b) {
    // Four sums: the order of additions would otherwise set the pace. Counts
    // are exact below 2^53.
    double sums[4] = {};
    size_t i = 0;
    for (; i + 4 <= a.size(); i += 4) {
      for (size_t k = 0; k < 4; ++k) sums[k] += a[i + k] * b[i + k];
    }
    for (; i < a.size(); ++i) sums[0] += a[i] * b[i];
    return sums[0] + sums[1] + (sums[2] + sums[3]);
  }

  // Calls of each block up to the cell of that index.
  const std::vector<double>& Column(size_t index) {
    std::vector<double>& column = columns_[index];
    if (column.empty()) column = sum_blocks_(bins_.CountsUpTo(cells_[index]));
    return column;
  }

  const LatencyBins& bins_;
  double ratio_;
  SumBlocks sum_blocks_;
  std::vector<int> cells_;  // in use
  std::vector<std::vector<double>> columns_;
  std::vector<double> calls_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_STATISTICS_DRAWN_QUANTILE_H_
