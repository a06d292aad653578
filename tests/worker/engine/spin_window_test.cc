#include "worker/engine/spin_window.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>
#include <vector>

namespace invocator {
namespace {

constexpr int64_t kLimitNs = 200'000;

TEST(SpinWindowTest, IsALittleMoreThanWakingUpTakes) {
  EXPECT_EQ(SpinWindowNs(std::vector<int64_t>(80, 40'000), kLimitNs), 50'000);
}

TEST(SpinWindowTest, AFewSlowWakeUpsDoNotCount) {
  std::vector<int64_t> wake_ups(100, 8'000);
  for (size_t i = 0; i < 4; ++i) wake_ups[i * 20] = 5'000'000;
  EXPECT_EQ(SpinWindowNs(wake_ups, kLimitNs), 10'000);
}

TEST(SpinWindowTest, FiveInAHundredAreTooManyToBeLeftOut) {
  std::vector<int64_t> wake_ups(100, 8'000);
  for (size_t i = 0; i < 5; ++i) wake_ups[i * 20] = 40'000;
  EXPECT_EQ(SpinWindowNs(wake_ups, kLimitNs), 50'000);
}

TEST(SpinWindowTest, IsMeasuredByEightySleeps) {
  const SystemSteadyClock clock;
  EXPECT_EQ(MeasureWakeUpsNs(clock).size(), 80u);
}

TEST(SpinWindowTest, KeepsWithinItsLimits) {
  EXPECT_EQ(SpinWindowNs({10'000'000}, kLimitNs), kLimitNs);
  EXPECT_EQ(SpinWindowNs({INT64_MAX}, kLimitNs), kLimitNs);
  EXPECT_EQ(SpinWindowNs({-3}, kLimitNs), 5'000);
  EXPECT_EQ(SpinWindowNs({40'000}, 1'000), 1'000);
  EXPECT_EQ(SpinWindowNs({}, kLimitNs), kLimitNs);
}

TEST(SpinWindowTest, SleepersAreNeverWokenBeforeTheirTime) {
  const SystemSteadyClock clock;
  const std::vector<int64_t> wake_ups = MeasureWakeUpsNs(clock);
  ASSERT_FALSE(wake_ups.empty());
  for (const int64_t late_ns : wake_ups) EXPECT_GE(late_ns, 0);
}

TEST(SpinWindowTest, ThreadsArePinnedToOneCoreAfterTheOtherAndThenAgain) {
  cpu_set_t allowed;
  ASSERT_EQ(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
  const auto cores = static_cast<uint32_t>(CPU_COUNT(&allowed));
  std::vector<int> pinned;
  for (uint32_t i = 0; i < 2 * cores; ++i) {
    std::thread([&] {
      PinToCore(i);
      pinned.push_back(sched_getcpu());
    }).join();
  }
  std::vector<int> expected;
  for (int round = 0; round < 2; ++round) {
    for (int core = 0; core < CPU_SETSIZE; ++core) {
      if (CPU_ISSET(static_cast<size_t>(core), &allowed)) {
        expected.push_back(core);
      }
    }
  }
  EXPECT_EQ(pinned, expected);
}

TEST(SpinWindowTest, APinnedThreadMayUseOneCore) {
  int cores = 0;
  std::thread pinned([&] {
    PinToCore(1'000'003);
    cpu_set_t allowed;
    sched_getaffinity(0, sizeof(allowed), &allowed);
    cores = CPU_COUNT(&allowed);
  });
  pinned.join();
  EXPECT_EQ(cores, 1);
}

}  // namespace
}  // namespace invocator
