#include "common/result/time_bins.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace invocator {
namespace {

constexpr int64_t kS = 1'000'000'000;

TEST(TimeBins, WidthAndNumberFollowFromTheDuration) {
  struct Row {
    double duration_s;
    double tick_s;
    double width_s;
    uint32_t planned;
  };
  for (const Row& row : std::vector<Row>{
           {0.001, 0.1, 0.1, 1},
           {0.1, 0.1, 0.1, 1},
           {0.100'000'001, 0.1, 0.1, 2},
           {29.999, 0.1, 0.1, 300},
           {30, 1, 1, 30},
           {30.5, 1, 1, 31},
           {1'200, 1, 1, 1'200},
           {1'200.1, 1, 2, 601},
           {2'400, 1, 2, 1'200},
           {2'400.1, 1, 5, 481},
           {3'600, 1, 5, 720},
           {36'000, 1, 30, 1'200},
           {36'001, 1, 60, 601},
           {366 * 86'400.0, 1, 36'000, 879},
       }) {
    const TimeBins bins(row.duration_s);
    EXPECT_EQ(bins.tick_ns(), static_cast<int64_t>(row.tick_s * kS))
        << row.duration_s;
    EXPECT_EQ(bins.width_ns(), static_cast<int64_t>(row.width_s * kS))
        << row.duration_s;
    EXPECT_DOUBLE_EQ(bins.width_s(), row.width_s) << row.duration_s;
    EXPECT_EQ(bins.planned(), row.planned) << row.duration_s;
    EXPECT_EQ(bins.count(), row.planned + 600) << row.duration_s;
    EXPECT_EQ(int64_t{bins.ticks()} * bins.tick_ns(),
              int64_t{bins.count()} * bins.width_ns())
        << row.duration_s;
  }
}

TEST(TimeBins, AnInstantIsInTheTickThatBeginsWithItOrBefore) {
  const TimeBins bins(10);
  EXPECT_EQ(bins.TickOf(0), 0u);
  EXPECT_EQ(bins.TickOf(kS / 10 - 1), 0u);
  EXPECT_EQ(bins.TickOf(kS / 10), 1u);
  EXPECT_EQ(bins.TickOf(10 * kS - 1), 99u);
  EXPECT_EQ(bins.TickOf(10 * kS), 100u) << "the plan's end begins the next";
}

TEST(TimeBins, InstantsBeyondEitherEndAreInTheOutermostTick) {
  for (const double duration_s : {0.05, 10.0, 5'000.0, 366 * 86'400.0}) {
    const TimeBins bins(duration_s);
    EXPECT_EQ(bins.TickOf(-1), 0u);
    EXPECT_EQ(bins.TickOf(INT64_MIN), 0u);
    EXPECT_EQ(bins.TickOf(INT64_MAX), bins.ticks() - 1);
    const int64_t end_ns = int64_t{bins.count()} * bins.width_ns();
    EXPECT_EQ(bins.TickOf(end_ns - 1), bins.ticks() - 1);
    EXPECT_EQ(bins.TickOf(end_ns), bins.ticks() - 1);
    EXPECT_EQ(bins.BinOf(bins.ticks() - 1), bins.count() - 1);
  }
}

TEST(TimeBins, TheBinOfATickIsThatOfItsInstants) {
  const TimeBins bins(3'600);  // bins of 5 s, ticks of 1 s
  for (uint32_t tick = 0; tick < bins.ticks(); ++tick) {
    const int64_t begin_ns = tick * bins.tick_ns();
    ASSERT_EQ(bins.TickOf(begin_ns), tick);
    ASSERT_EQ(bins.BinOf(tick), begin_ns / (5 * kS));
    ASSERT_EQ(bins.BinOf(tick), (begin_ns + bins.tick_ns() - 1) / (5 * kS));
  }
  EXPECT_DOUBLE_EQ(bins.StartS(0), 0);
  EXPECT_DOUBLE_EQ(bins.StartS(719), 3'595);
  EXPECT_DOUBLE_EQ(TimeBins(1).StartS(3), 0.3);
}

}  // namespace
}  // namespace invocator
