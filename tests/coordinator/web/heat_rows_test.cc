#include "coordinator/web/heat_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

namespace invocator {
namespace {

TEST(HeatRows, AreWholeCells) {
  std::set<int64_t> borders;
  for (int cell = 0; cell < Histogram::kCells; ++cell) {
    borders.insert(Histogram::CellLowestNs(cell));
  }
  const HeatRows rows;
  const auto& edges = rows.edges_ns();
  EXPECT_EQ(edges.front(), 0);
  EXPECT_GT(edges.back(), Histogram::kMaxNs);
  for (size_t i = 0; i + 1 < edges.size(); ++i) {
    EXPECT_TRUE(borders.count(edges[i])) << edges[i];
    EXPECT_LT(edges[i], edges[i + 1]);
  }
}

TEST(HeatRows, AreAtMostFortyADecade) {
  const std::vector<int64_t> edges = HeatRows().edges_ns();
  int64_t most = 0;
  for (int64_t from = 1'000; from < Histogram::kMaxNs; from *= 10) {
    most = std::max<int64_t>(
        most, std::count_if(edges.begin(), edges.end(), [from](int64_t edge) {
          return edge >= from && edge < 10 * from;
        }));
  }
  EXPECT_EQ(most, 40);
}

TEST(HeatRows, ColumnHasEveryCountInItsRow) {
  const HeatRows rows;
  std::mt19937_64 random(1);
  Histogram histogram;
  std::vector<uint64_t> wanted(rows.size());
  const auto& edges = rows.edges_ns();
  const auto add = [&](int64_t ns, uint64_t count) {
    histogram.Add(ns, count);
    const auto after = std::upper_bound(edges.begin(), edges.end(), ns);
    wanted[static_cast<size_t>(after - edges.begin()) - 1] += count;
  };
  for (uint64_t i = 0; i < 2'000; ++i) {
    add(static_cast<int64_t>(random() >> (23 + random() % 41)), 1 + i % 3);
  }
  add(0, 1);
  add(Histogram::kMaxNs, 1);
  const HeatRows::Column column = rows.ColumnOf(histogram);
  ASSERT_EQ(column.first, 0u);
  EXPECT_EQ(
      std::accumulate(column.counts.begin(), column.counts.end(), uint64_t{0}),
      histogram.count());
  wanted.resize(column.counts.size());
  EXPECT_EQ(column.counts, wanted);
}

TEST(HeatRows, ColumnBeginsAndEndsWithCalls) {
  Histogram histogram;
  histogram.Add(20'000'000, 3);
  histogram.Add(40'000'000, 2);
  const HeatRows rows;
  const HeatRows::Column column = rows.ColumnOf(histogram);
  EXPECT_LE(rows.edges_ns()[column.first], 20'000'000);
  EXPECT_GT(rows.edges_ns()[column.first + 1], 20'000'000);
  EXPECT_EQ(column.counts.front(), 3u);
  EXPECT_EQ(column.counts.back(), 2u);
  EXPECT_TRUE(rows.ColumnOf(Histogram()).counts.empty());
}

}  // namespace
}  // namespace invocator
