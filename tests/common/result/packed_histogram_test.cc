#include "common/result/packed_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "tests/support/same_histogram.h"

namespace invocator {
namespace {

Histogram Unpacked(const PackedHistogram& packed) {
  Histogram histogram;
  packed.AddTo(histogram);
  return histogram;
}

// No values, or up to 200 of any magnitude, some out of range.
Histogram RandomHistogram(std::mt19937_64& random) {
  Histogram histogram;
  for (uint64_t n = random() % 200; n > 0; --n) {
    const auto value =
        static_cast<int64_t>(random() >> (20 + random() % 44)) - 3;
    // Counts of one to nine bytes.
    histogram.Add(value, 1 + (uint64_t{1} << random() % 10));
  }
  return histogram;
}

TEST(PackedHistogram, MergingEqualsMergingHistogramsInAnyOrder) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 30; ++round) {
    std::vector<Histogram> parts;
    for (uint64_t n = random() % 12; n > 0; --n) {
      parts.push_back(RandomHistogram(random));
    }
    Histogram expected;
    for (const Histogram& part : parts) expected.Merge(part);
    for (int order = 0; order < 3; ++order) {
      std::shuffle(parts.begin(), parts.end(), random);
      PackedHistogram packed;
      for (const Histogram& part : parts) {
        packed.Merge(part);
        if (random() % 3 == 0) packed.Pack();
      }
      EXPECT_EQ(packed.count(), expected.count());
      EXPECT_TRUE(Same(Unpacked(packed), expected)) << round;
    }
  }
}

TEST(PackedHistogram, AddsToWhatIsThere) {
  std::mt19937_64 random(6);
  for (int round = 0; round < 30; ++round) {
    const Histogram packed_values = RandomHistogram(random);
    PackedHistogram packed;
    packed.Merge(packed_values);
    if (round % 2 == 0) packed.Pack();
    Histogram sum = RandomHistogram(random);
    Histogram expected;
    expected.Merge(sum);
    expected.Merge(packed_values);
    packed.AddTo(sum);
    EXPECT_TRUE(Same(sum, expected)) << round;
  }
}

TEST(PackedHistogram, OfNothingTakesNoRoomAndAddsNothing) {
  PackedHistogram packed;
  packed.Merge(Histogram());
  packed.Pack();
  EXPECT_EQ(packed.bytes(), 0u);
  EXPECT_EQ(packed.count(), 0u);
  EXPECT_TRUE(Same(Unpacked(packed), Histogram()));
  Histogram some;
  some.Add(7'000);
  packed.AddTo(some);
  EXPECT_EQ(some.count(), 1u);
  EXPECT_EQ(some.min_ns(), 7'000);
}

TEST(PackedHistogram, TheLargestCountsAreKept) {
  Histogram one;
  one.Add(0, uint64_t{1} << 62);
  one.Add(Histogram::kMaxNs, 127);
  one.Add(1'000, 128);
  PackedHistogram packed;
  packed.Merge(one);
  packed.Pack();
  packed.Merge(one);
  packed.Pack();
  EXPECT_EQ(packed.count(), (uint64_t{1} << 63) + 510);
  EXPECT_EQ(CellsOf(Unpacked(packed)),
            (std::vector<std::pair<int, uint64_t>>{
                {0, uint64_t{1} << 63}, {1, 256}, {24'204, 254}}));
}

TEST(PackedHistogram, ACellTakesTwoBytesOrThree) {
  // 1,000 latencies around 20 ms, as in a busy bin.
  std::mt19937_64 random(7);
  Histogram histogram;
  for (int i = 0; i < 1'000; ++i) {
    histogram.Add(15'000'000 + static_cast<int64_t>(random() % 10'000'000));
  }
  PackedHistogram packed;
  packed.Merge(histogram);
  packed.Pack();
  const size_t cells = CellsOf(histogram).size();
  EXPECT_GT(cells, 400u);
  EXPECT_LE(packed.bytes(), 2 * cells + 2);
  for (int i = 0; i < 100; ++i) packed.Merge(histogram);
  packed.Pack();
  EXPECT_LE(packed.bytes(), 3 * cells + 2) << "counts of up to 1,000";
}

}  // namespace
}  // namespace invocator
