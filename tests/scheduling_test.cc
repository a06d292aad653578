#include "common/scheduling.h"

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

}  // namespace
}  // namespace invocator
