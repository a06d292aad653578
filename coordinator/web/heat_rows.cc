#include "coordinator/web/heat_rows.h"

#include <algorithm>
#include <cmath>

namespace invocator {

HeatRows::HeatRows(int rows_per_decade) {
  const auto border_ns = [rows_per_decade](int k) {
    return std::pow(10.0, static_cast<double>(k) / rows_per_decade);
  };
  edges_ns_.push_back(0);
  // A border moves up to the next cell. Several may share that cell.
  int next = 1;
  for (int cell = 0; cell < Histogram::kCells; ++cell) {
    const int64_t lowest_ns = Histogram::CellLowestNs(cell);
    if (border_ns(next) <= static_cast<double>(lowest_ns)) {
      edges_ns_.push_back(lowest_ns);
      while (border_ns(next) <= static_cast<double>(lowest_ns)) ++next;
    }
    row_of_cell_[static_cast<size_t>(cell)] =
        static_cast<uint16_t>(edges_ns_.size() - 1);
  }
  edges_ns_.push_back(Histogram::CellHighestNs(Histogram::kCells - 1) + 1);
}

HeatRows::Column HeatRows::ColumnOf(const Histogram& histogram) const {
  Column column;
  histogram.ForEachCell([&](int cell, uint64_t count) {
    const size_t row = row_of_cell_[static_cast<size_t>(cell)];
    if (column.counts.empty()) column.first = row;
    column.counts.resize(row - column.first + 1);
    column.counts.back() += count;
  });
  return column;
}

}  // namespace invocator
