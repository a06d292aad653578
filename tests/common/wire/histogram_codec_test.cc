#include "common/wire/histogram_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <string>

#include "common/arrivals/rng.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;

Histogram Sample() {
  Histogram histogram;
  histogram.Add(-3);
  histogram.Add(40'000, 7);
  histogram.Add(5'000'000'000, 2);
  histogram.Add(Histogram::kMaxNs);
  return histogram;
}

TEST(HistogramCodecTest, WhatGoesOutComesBack) {
  StreamRng rng(1, "codec");
  for (int values : {0, 1, 2, 1000}) {
    Histogram histogram;
    for (int i = 0; i < values; ++i) {
      histogram.Add(static_cast<int64_t>(rng.Next() >> (16 + rng.Next() % 48)));
    }
    const absl::StatusOr<Histogram> decoded = FromWire(ToWire(histogram));
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(decoded->count(), histogram.count());
    EXPECT_EQ(decoded->clamped(), histogram.clamped());
    EXPECT_EQ(decoded->min_ns(), histogram.min_ns());
    EXPECT_EQ(decoded->max_ns(), histogram.max_ns());
    EXPECT_EQ(decoded->sum_ns(), histogram.sum_ns());
    for (int i = 0; i < Histogram::kCells; ++i) {
      ASSERT_EQ(decoded->CellCount(i), histogram.CellCount(i)) << i;
    }
  }
}

TEST(HistogramCodecTest, OnlyNonZeroCellsTravel) {
  const wire::Histogram message = ToWire(Sample());
  EXPECT_EQ(message.counts_size(), 4);
  EXPECT_EQ(message.index_deltas_size(), 4);
  EXPECT_EQ(message.index_deltas(0), 0u);
  EXPECT_LT(message.ByteSizeLong(), 60u);
}

TEST(HistogramCodecTest, DeltasAddUp) {
  Histogram total;
  for (int i = 0; i < 2; ++i) AddChecked(ToWire(Sample()), total);
  Histogram expected = Sample();
  expected.Merge(Sample());
  EXPECT_EQ(total.count(), expected.count());
  EXPECT_EQ(total.sum_ns(), expected.sum_ns());
  EXPECT_EQ(total.clamped(), expected.clamped());
  EXPECT_EQ(total.min_ns(), expected.min_ns());
  EXPECT_EQ(total.max_ns(), expected.max_ns());
  EXPECT_EQ(total.QuantileNs(0.5), expected.QuantileNs(0.5));
}

struct Hostile {
  std::string says;  // part of the message
  std::function<void(wire::Histogram&)> edit;
};

class HostileHistogramTest : public ::testing::TestWithParam<Hostile> {};

TEST_P(HostileHistogramTest, IsRefused) {
  wire::Histogram message = ToWire(Sample());
  GetParam().edit(message);
  const absl::Status status = CheckWire(message).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    All, HostileHistogramTest,
    ::testing::Values(
        Hostile{"5 indices for 4 counts",
                [](auto& m) { m.add_index_deltas(1); }},
        Hostile{"4 indices for 5 counts", [](auto& m) { m.add_counts(1); }},
        Hostile{"comes twice", [](auto& m) { m.set_index_deltas(1, 0); }},
        Hostile{"index 24576, expected less",
                [](auto& m) {
                  m.Clear();
                  m.add_index_deltas(Histogram::kCells);
                  m.add_counts(1);
                }},
        Hostile{"expected less than 24576",
                [](auto& m) { m.set_index_deltas(3, 0xffffffff); }},
        Hostile{"count 0", [](auto& m) { m.set_counts(1, 0); }},
        Hostile{"overflow",
                [](auto& m) {
                  m.set_counts(1, std::numeric_limits<uint64_t>::max());
                }},
        Hostile{"min_ns 1000 is not in the first cell",
                [](auto& m) { m.set_min_ns(1000); }},
        Hostile{"min_ns -1", [](auto& m) { m.set_min_ns(-1); }},
        Hostile{"max_ns 1000 is not in the last cell",
                [](auto& m) { m.set_max_ns(1000); }},
        Hostile{"max_ns 3600000000001",
                [](auto& m) { m.set_max_ns(Histogram::kMaxNs + 1); }},
        Hostile{"expected 0 <= min <= max",
                [](auto& m) {
                  m.Clear();
                  m.add_index_deltas(0);
                  m.add_counts(1);
                  m.set_min_ns(2);
                  m.set_max_ns(1);
                }},
        Hostile{"sum_ns nan",
                [](auto& m) {
                  m.set_sum_ns(std::numeric_limits<double>::quiet_NaN());
                }},
        Hostile{"sum_ns inf",
                [](auto& m) {
                  m.set_sum_ns(std::numeric_limits<double>::infinity());
                }},
        Hostile{"sum_ns -1", [](auto& m) { m.set_sum_ns(-1); }},
        Hostile{"clamped 12 of 11", [](auto& m) { m.set_clamped(12); }},
        Hostile{"empty, but with statistics", [](auto& m) {
                  m.Clear();
                  m.set_max_ns(1);
                }}));

TEST(HistogramCodecTest, AHistogramOfTheLargestCountIsStillOne) {
  wire::Histogram message;
  message.add_index_deltas(0);
  message.add_counts(std::numeric_limits<uint64_t>::max());
  const absl::StatusOr<Histogram> histogram = FromWire(message);
  ASSERT_TRUE(histogram.ok()) << histogram.status();
  EXPECT_EQ(histogram->QuantileNs(0.5), 0);
  EXPECT_EQ(histogram->QuantileNs(1), 0);
}

}  // namespace
}  // namespace invocator
