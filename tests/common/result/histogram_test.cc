#include "common/result/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "common/arrivals/rng.h"

namespace invocator {
namespace {

// 0 .. 1 h, every magnitude alike.
int64_t RandomValue(StreamRng& rng) {
  return static_cast<int64_t>(rng.Next() >> (22 + rng.Next() % 42)) %
         (Histogram::kMaxNs + 1);
}

void ExpectSame(const Histogram& a, const Histogram& b) {
  EXPECT_EQ(a.count(), b.count());
  EXPECT_EQ(a.clamped(), b.clamped());
  EXPECT_EQ(a.min_ns(), b.min_ns());
  EXPECT_EQ(a.max_ns(), b.max_ns());
  EXPECT_DOUBLE_EQ(a.sum_ns(), b.sum_ns());
  for (int i = 0; i < Histogram::kCells; ++i) {
    ASSERT_EQ(a.CellCount(i), b.CellCount(i)) << i;
  }
}

// PyPI hdrhistogram 0.10.8, h = HdrHistogram(1000, 3600000000000, 3):
//   h.counts_len, and for each value h._counts_index_for(v),
//   h.get_lowest_equivalent_value(v), h.get_highest_equivalent_value(v)
TEST(HistogramTest, CellsAreThoseOfHdrHistogram) {
  EXPECT_EQ(Histogram::kCells, 24576);
  struct Case {
    int64_t value;
    int index;
    int64_t lowest, highest;
  };
  for (const Case& c : std::vector<Case>{
           {0, 0, 0, 511},
           {511, 0, 0, 511},
           {512, 1, 512, 1023},
           {1000, 1, 512, 1023},
           {1048575, 2047, 1048064, 1048575},
           {1048576, 2048, 1048576, 1049599},
           {1049599, 2048, 1048576, 1049599},
           {1049600, 2049, 1049600, 1050623},
           {2097151, 3071, 2096128, 2097151},
           {2097152, 3072, 2097152, 2099199},
           {12345678, 5603, 12345344, 12353535},
           {999999999, 12147, 999817216, 1000341503},
           {1000000000, 12147, 999817216, 1000341503},
           {60000000000, 18172, 59995324416, 60028878847},
           {3599999999999, 24204, 3599182594048, 3601330077695},
           {3600000000000, 24204, 3599182594048, 3601330077695}}) {
    EXPECT_EQ(Histogram::CellIndex(c.value), c.index) << c.value;
    EXPECT_EQ(Histogram::CellLowestNs(c.index), c.lowest) << c.value;
    EXPECT_EQ(Histogram::CellHighestNs(c.index), c.highest) << c.value;
  }
}

TEST(HistogramTest, CellsTileTheRangeWithoutGaps) {
  EXPECT_EQ(Histogram::CellLowestNs(0), 0);
  for (int i = 0; i + 1 < Histogram::kCells; ++i) {
    ASSERT_EQ(Histogram::CellHighestNs(i) + 1, Histogram::CellLowestNs(i + 1));
    ASSERT_EQ(Histogram::CellIndex(Histogram::CellLowestNs(i)), i);
    ASSERT_EQ(Histogram::CellIndex(Histogram::CellHighestNs(i)), i);
  }
}

TEST(HistogramTest, ACellIsNoWiderThanAThousandthOfItsValues) {
  for (int i = 2; i < Histogram::kCells; ++i) {
    const int64_t width =
        Histogram::CellHighestNs(i) - Histogram::CellLowestNs(i) + 1;
    ASSERT_TRUE(width == 512 || width * 1000 <= Histogram::CellLowestNs(i))
        << i;
  }
}

// The same library, over (x >> 33) * 1000 of x = x * 6364136223846793005 +
// 1442695040888963407 from 1, ten thousand times; h.get_value_at_percentile.
TEST(HistogramTest, QuantilesAreThoseOfHdrHistogram) {
  Histogram histogram;
  uint64_t x = 1;
  int64_t largest = 0;
  for (int i = 0; i < 10'000; ++i) {
    x = x * 6364136223846793005 + 1442695040888963407;
    const int64_t value = static_cast<int64_t>(x >> 33) * 1000;
    largest = std::max(largest, value);
    histogram.Add(value);
  }
  EXPECT_EQ(histogram.QuantileNs(0.1), 222398775295);
  EXPECT_EQ(histogram.QuantileNs(0.25), 553513910271);
  EXPECT_EQ(histogram.QuantileNs(0.5), 1077499920383);
  EXPECT_EQ(histogram.QuantileNs(0.75), 1612760219647);
  EXPECT_EQ(histogram.QuantileNs(0.9), 1929514057727);
  EXPECT_EQ(histogram.QuantileNs(0.99), 2126008811519);
  EXPECT_EQ(histogram.QuantileNs(0.999), 2145336164351);
  // It gives the end of the last cell; we know the largest value.
  EXPECT_EQ(histogram.QuantileNs(1), largest);
  EXPECT_LT(largest, 2147483647999);
}

TEST(HistogramTest, QuantileIsTheValueOfThatRank) {
  StreamRng rng(1, "histogram");
  for (size_t n : {1u, 2u, 3u, 10u, 100u, 1000u}) {
    Histogram histogram;
    std::vector<int64_t> values;
    for (size_t i = 0; i < n; ++i) {
      values.push_back(RandomValue(rng));
      histogram.Add(values.back());
    }
    std::sort(values.begin(), values.end());
    for (size_t percent = 1; percent <= 100; ++percent) {
      const size_t rank = std::max<size_t>(1, (percent * n + 99) / 100);
      const int64_t expected = std::min(
          Histogram::CellHighestNs(Histogram::CellIndex(values[rank - 1])),
          values.back());
      EXPECT_EQ(histogram.QuantileNs(static_cast<double>(percent) / 100),
                expected)
          << percent << " % of " << n;
    }
  }
}

TEST(HistogramTest, EmptyIsAllZero) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0u);
  EXPECT_EQ(histogram.min_ns(), 0);
  EXPECT_EQ(histogram.max_ns(), 0);
  EXPECT_EQ(histogram.MeanNs(), 0);
  EXPECT_EQ(histogram.QuantileNs(0.5), 0);
}

TEST(HistogramTest, StatisticsAreExact) {
  Histogram histogram;
  histogram.Add(1'234'567);
  histogram.Add(7'654'321, 3);
  EXPECT_EQ(histogram.count(), 4u);
  EXPECT_EQ(histogram.min_ns(), 1'234'567);
  EXPECT_EQ(histogram.max_ns(), 7'654'321);
  EXPECT_EQ(histogram.sum_ns(), 1'234'567 + 3.0 * 7'654'321);
  EXPECT_EQ(histogram.MeanNs(), histogram.sum_ns() / 4);
  EXPECT_EQ(histogram.clamped(), 0u);
}

TEST(HistogramTest, ValuesOutOfRangeAreClampedAndCounted) {
  Histogram histogram;
  histogram.Add(-1);
  histogram.Add(std::numeric_limits<int64_t>::min());
  histogram.Add(Histogram::kMaxNs + 1, 2);
  histogram.Add(std::numeric_limits<int64_t>::max());
  histogram.Add(0);
  histogram.Add(Histogram::kMaxNs);
  EXPECT_EQ(histogram.clamped(), 5u);
  EXPECT_EQ(histogram.CellCount(0), 3u);
  EXPECT_EQ(histogram.CellCount(Histogram::CellIndex(Histogram::kMaxNs)), 4u);
  EXPECT_EQ(histogram.min_ns(), 0);
  EXPECT_EQ(histogram.max_ns(), Histogram::kMaxNs);
  EXPECT_EQ(histogram.QuantileNs(1), Histogram::kMaxNs);
}

TEST(HistogramTest, ForEachCellVisitsTheNonZeroCellsInOrder) {
  Histogram histogram;
  histogram.Add(60'000'000'000, 3);
  histogram.Add(700);
  histogram.Add(2097152, 2);
  std::vector<std::pair<int, uint64_t>> visited;
  histogram.ForEachCell([&visited](int index, uint64_t count) {
    visited.emplace_back(index, count);
  });
  EXPECT_EQ(visited, (std::vector<std::pair<int, uint64_t>>{
                         {1, 1}, {3072, 2}, {18172, 3}}));
}

TEST(HistogramTest, AddNEqualsAddNTimes) {
  StreamRng rng(2, "histogram");
  Histogram at_once;
  Histogram one_by_one;
  for (int i = 0; i < 200; ++i) {
    const int64_t value = RandomValue(rng) - 5;
    const uint64_t count = rng.Next() % 20;
    at_once.Add(value, count);
    for (uint64_t n = 0; n < count; ++n) one_by_one.Add(value);
  }
  ExpectSame(at_once, one_by_one);
}

TEST(HistogramTest, MergeCommutesAndAssociates) {
  StreamRng rng(3, "histogram");
  std::vector<std::vector<int64_t>> values(3);
  Histogram all;
  for (int i = 0; i < 3000; ++i) {
    values[rng.Next() % 3].push_back(RandomValue(rng));
  }
  const auto of = [&values](size_t i) {
    Histogram histogram;
    for (int64_t value : values[i]) histogram.Add(value);
    return histogram;
  };
  for (const auto& part : values) {
    for (int64_t value : part) all.Add(value);
  }
  Histogram left = of(0);  // (0 + 1) + 2
  left.Merge(of(1));
  left.Merge(of(2));
  Histogram tail = of(2);  // (2 + 1) into 0
  tail.Merge(of(1));
  Histogram right = of(0);
  right.Merge(tail);
  ExpectSame(left, right);
  ExpectSame(left, all);
}

TEST(HistogramTest, MergingAnEmptyOneChangesNothing) {
  Histogram histogram;
  histogram.Add(5000);
  histogram.Merge(Histogram());
  EXPECT_EQ(histogram.min_ns(), 5000);
  Histogram empty;
  empty.Merge(histogram);
  ExpectSame(empty, histogram);
}

// Few cells are kept in another way than many: no method may tell.
TEST(HistogramTest, FewCellsAndManyCountAlike) {
  constexpr int kMost = static_cast<int>(Histogram::kMaxFew);
  for (const int cells : {1, 2, kMost - 1, kMost, kMost + 1, 3 * kMost}) {
    Histogram histogram;
    std::vector<int64_t> values;
    for (int i = 0; i < 4 * cells; ++i) {
      // Descending, so that each comes before those that are there.
      const int64_t value = Histogram::CellLowestNs(20 * (cells - i % cells));
      values.push_back(value);
      histogram.Add(value);
    }
    std::sort(values.begin(), values.end());
    for (size_t rank = 1; rank <= values.size(); ++rank) {
      const double ratio =
          static_cast<double>(rank) / static_cast<double>(values.size());
      EXPECT_EQ(Histogram::CellIndex(histogram.QuantileNs(ratio)),
                Histogram::CellIndex(values[rank - 1]))
          << cells << " " << rank;
    }
    int previous = -1;
    int visited = 0;
    histogram.ForEachCell([&](int index, uint64_t count) {
      EXPECT_LT(previous, index);
      EXPECT_EQ(count, 4u);
      EXPECT_EQ(histogram.CellCount(index), 4u);
      EXPECT_EQ(histogram.CellCount(index + 1), 0u);
      previous = index;
      ++visited;
    });
    EXPECT_EQ(visited, cells);
    // Into one of few cells, and into one of many.
    for (const int others : {1, kMost, 2 * kMost}) {
      Histogram other, expected;
      for (int i = 0; i < others; ++i) {
        const int64_t value = Histogram::CellLowestNs(20 * i + 7);
        other.Add(value);
        expected.Add(value);
      }
      for (const int64_t value : values) expected.Add(value);
      Histogram merged;
      merged.Merge(other);
      merged.Merge(histogram);
      ExpectSame(merged, expected);
      other.Merge(histogram);
      ExpectSame(other, expected);
    }
    histogram.Clear();
    ExpectSame(histogram, Histogram());
    histogram.Add(5'000);
    EXPECT_EQ(histogram.CellCount(Histogram::CellIndex(5'000)), 1u);
  }
}

// Compares with a plain map of cells: from few cells to pages, and past Clear.
TEST(HistogramTest, CountsLikeAMapOfCells) {
  StreamRng rng(4, "histogram");
  Histogram histogram;
  for (int round = 0; round < 60; ++round) {
    histogram.Clear();
    std::map<int, uint64_t> cells;
    const uint64_t values = rng.Next() % (uint64_t{1} << (round % 12));
    // Close together, as latencies are, or anywhere.
    const int64_t base = RandomValue(rng);
    for (uint64_t i = 0; i < values; ++i) {
      const int64_t value =
          round % 2 == 0
              ? RandomValue(rng)
              : std::min(Histogram::kMaxNs,
                         base + base / 1'000 *
                                    static_cast<int64_t>(rng.Next() % 300));
      const uint64_t count = 1 + rng.Next() % 3;
      histogram.Add(value, count);
      cells[Histogram::CellIndex(value)] += count;
    }
    std::map<int, uint64_t> visited;
    int previous = -1;
    histogram.ForEachCell([&](int index, uint64_t count) {
      EXPECT_LT(previous, index);
      previous = index;
      visited[index] = count;
    });
    EXPECT_EQ(visited, cells) << round;
    uint64_t below = 0;
    for (const auto& [index, count] : cells) {
      EXPECT_EQ(histogram.CellCount(index), count);
      below += count;
      const double ratio =
          static_cast<double>(below) / static_cast<double>(histogram.count());
      EXPECT_EQ(histogram.QuantileNs(ratio),
                std::min(Histogram::CellHighestNs(index), histogram.max_ns()));
    }
    EXPECT_EQ(histogram.count(), below);
  }
}

TEST(HistogramTest, ClearedIsLikeNew) {
  Histogram histogram;
  histogram.Add(-7);
  histogram.Add(123'456'789, 5);
  histogram.Clear();
  ExpectSame(histogram, Histogram());
  histogram.Add(2000);
  EXPECT_EQ(histogram.min_ns(), 2000);
  EXPECT_EQ(histogram.max_ns(), 2000);
}

}  // namespace
}  // namespace invocator
