#include "coordinator/statistics/latency_bins.h"

#include <algorithm>
#include <limits>

namespace invocator {

static_assert(Histogram::kCells <= std::numeric_limits<uint16_t>::max());

LatencyBins::LatencyBins(absl::Span<const Histogram> bins) {
  for (const Histogram& bin : bins) Add(bin);
}

void LatencyBins::Add(const Histogram& bin) {
  // As Histogram::Merge does, but without another walk over empty cells.
  const uint64_t before = whole_.count();
  uint64_t up_to = 0;
  bin.ForEachCell([&](int cell, uint64_t count) {
    up_to += count;
    cells_.push_back(static_cast<uint16_t>(cell));
    up_to_.push_back(up_to);
    whole_.AddCell(cell, count);
  });
  begins_.push_back(cells_.size());
  calls_.push_back(static_cast<double>(bin.count()));
  sums_ns_.push_back(bin.sum_ns());
  if (bin.count() == 0) return;
  whole_.SetStatistics(
      before == 0 ? bin.min_ns() : std::min(whole_.min_ns(), bin.min_ns()),
      std::max(whole_.max_ns(), bin.max_ns()), whole_.sum_ns() + bin.sum_ns(),
      whole_.clamped() + bin.clamped());
}

std::vector<double> LatencyBins::CountsUpTo(int cell) const {
  std::vector<double> counts(size());
  for (size_t bin = 0; bin < size(); ++bin) {
    const auto begin = cells_.begin() + static_cast<ptrdiff_t>(begins_[bin]);
    const auto end = cells_.begin() + static_cast<ptrdiff_t>(begins_[bin + 1]);
    const auto after = std::upper_bound(begin, end, cell);
    if (after == begin) continue;
    counts[bin] = static_cast<double>(
        up_to_[static_cast<size_t>(after - cells_.begin()) - 1]);
  }
  return counts;
}

int64_t LatencyBins::ValueNs(double rank) const {
  return whole_.QuantileNs(rank / static_cast<double>(count()));
}

int64_t LatencyBins::MedianNs(size_t bin) const {
  const auto begin = up_to_.begin() + static_cast<ptrdiff_t>(begins_[bin]);
  const auto end = up_to_.begin() + static_cast<ptrdiff_t>(begins_[bin + 1]);
  const uint64_t rank = (*(end - 1) + 1) / 2;
  const auto at = std::lower_bound(begin, end, rank);
  return Histogram::CellHighestNs(
      cells_[static_cast<size_t>(at - up_to_.begin())]);
}

double LatencyBins::VarianceNs2() const {
  const auto middle = [](int cell) {
    return 0.5 * static_cast<double>(Histogram::CellLowestNs(cell) +
                                     Histogram::CellHighestNs(cell));
  };
  const auto n = static_cast<double>(count());
  if (n == 0) return 0;
  double mean = 0;
  whole_.ForEachCell([&](int cell, uint64_t count) {
    mean += middle(cell) * (static_cast<double>(count) / n);
  });
  double variance = 0;
  whole_.ForEachCell([&](int cell, uint64_t count) {
    const double distance = middle(cell) - mean;
    variance += distance * distance * (static_cast<double>(count) / n);
  });
  return variance;
}

}  // namespace invocator
