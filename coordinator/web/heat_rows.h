// Rows of the heat map: a logarithmic scale of latencies whose rows are sums of
// whole histogram cells. The rows do not depend on the latencies, so slices of
// a run fit together.
//
// Thread-safe: constant once made.
#ifndef INVOCATOR_COORDINATOR_WEB_HEAT_ROWS_H_
#define INVOCATOR_COORDINATOR_WEB_HEAT_ROWS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/result/histogram.h"

namespace invocator {

inline constexpr int kMostHeatRowsPerDecade = 40;

class HeatRows {
 public:
  // At most `rows_per_decade` rows begin from one power of ten to the next;
  // fewer where cells are wider.
  explicit HeatRows(int rows_per_decade = kMostHeatRowsPerDecade);

  // Row i covers [edges_ns[i], edges_ns[i + 1]); the first edge is 0.
  const std::vector<int64_t>& edges_ns() const { return edges_ns_; }
  size_t size() const { return edges_ns_.size() - 1; }

  // Counts of consecutive rows from `first` on, neither the first nor the last
  // of them 0; none for an empty histogram.
  struct Column {
    size_t first = 0;
    std::vector<uint64_t> counts;
  };
  Column ColumnOf(const Histogram& histogram) const;

 private:
  std::vector<int64_t> edges_ns_;
  std::array<uint16_t, Histogram::kCells> row_of_cell_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WEB_HEAT_ROWS_H_
