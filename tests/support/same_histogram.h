// Compares histograms cell by cell, and their statistics.
#ifndef INVOCATOR_TESTS_SUPPORT_SAME_HISTOGRAM_H_
#define INVOCATOR_TESTS_SUPPORT_SAME_HISTOGRAM_H_

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "common/result/histogram.h"

namespace invocator {

inline std::vector<std::pair<int, uint64_t>> CellsOf(const Histogram& of) {
  std::vector<std::pair<int, uint64_t>> cells;
  of.ForEachCell(
      [&](int index, uint64_t count) { cells.emplace_back(index, count); });
  return cells;
}

// Beyond 2^53 sums of doubles depend slightly on their order.
inline testing::AssertionResult Same(const Histogram& a, const Histogram& b) {
  if (CellsOf(a) == CellsOf(b) && a.count() == b.count() &&
      a.min_ns() == b.min_ns() && a.max_ns() == b.max_ns() &&
      std::abs(a.sum_ns() - b.sum_ns()) <= 1e-12 * a.sum_ns() &&
      a.clamped() == b.clamped()) {
    return testing::AssertionSuccess();
  }
  const auto describe = [](const Histogram& h) {
    return testing::Message()
           << h.count() << " values in " << CellsOf(h).size() << " cells, "
           << h.min_ns() << " .. " << h.max_ns() << " ns, sum " << h.sum_ns()
           << ", clamped " << h.clamped();
  };
  return testing::AssertionFailure() << describe(a) << "; " << describe(b);
}

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_SAME_HISTOGRAM_H_
