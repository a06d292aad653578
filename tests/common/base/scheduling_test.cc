#include "common/base/scheduling.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

namespace invocator {
namespace {

TEST(SchedulingTest, AThreadStartedInTheBackgroundIsInTheBackgroundToo) {
  int policy = -1;
  std::thread background([&] {
    WorkInBackground();
    std::thread started([&] { policy = sched_getscheduler(0); });
    started.join();
  });
  background.join();
  EXPECT_EQ(policy, SCHED_BATCH);
}

TEST(SchedulingTest, AnEngineStartedFromTheBackgroundIsNot) {
  int policy = -1;
  std::thread background([&] {
    WorkInBackground();
    std::thread engine([&] {
      WorkOnTime();
      policy = sched_getscheduler(0);
    });
    engine.join();
  });
  background.join();
  EXPECT_EQ(policy, SCHED_OTHER);
}

TEST(SchedulingTest, APolicyThatWasChosenForTheProcessStays) {
  int policy = -1;
  std::thread idle([&] {
    const sched_param none = {};
    ASSERT_EQ(sched_setscheduler(0, SCHED_IDLE, &none), 0);
    WorkInBackground();
    WorkOnTime();
    policy = sched_getscheduler(0);
  });
  idle.join();
  EXPECT_EQ(policy, SCHED_IDLE);
}

TEST(SchedulingTest, OnlyCoresThatMayBeUsedCount) {
  uint32_t cores = 0;
  std::thread bound([&] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<size_t>(sched_getcpu()), &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
    cores = UsableCores();
  });
  bound.join();
  EXPECT_EQ(cores, 1u);
}

}  // namespace
}  // namespace invocator
