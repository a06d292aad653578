#include "worker/engine/core_gaps.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace invocator {
namespace {

constexpr int64_t kMs = 1'000'000;

int64_t switches = 0;
CoreGaps Gaps() {
  switches = 7;
  CoreGaps gaps([] { return switches; });
  gaps.Look();
  return gaps;
}

TEST(CoreGapsTest, GapsAddUp) {
  CoreGaps gaps = Gaps();
  gaps.Add(2 * kMs);
  gaps.Add(5 * kMs);
  gaps.Add(3 * kMs);
  EXPECT_EQ(gaps.count(), 3u);
  EXPECT_EQ(gaps.total_ns(), 10 * kMs);
  EXPECT_EQ(gaps.longest_ns(), 5 * kMs);
  EXPECT_EQ(gaps.preempted_ns(), 0);
}

TEST(CoreGapsTest, ASwitchTellsThatAnotherThreadHadTheCore) {
  CoreGaps gaps = Gaps();
  switches = 8;
  gaps.Add(2 * kMs);
  gaps.Add(5 * kMs);  // no further switch
  switches = 10;
  gaps.Look();  // in no gap
  gaps.Add(3 * kMs);
  EXPECT_EQ(gaps.preempted_ns(), 2 * kMs);
}

TEST(CoreGapsTest, TheKernelCountsThisThreadsSwitches) {
  const int64_t before = CoreGaps::SwitchesOfThread();
  EXPECT_GE(before, 0);
  EXPECT_GE(CoreGaps::SwitchesOfThread(), before);
}

}  // namespace
}  // namespace invocator
