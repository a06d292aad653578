#include <gtest/gtest.h>

#include <future>
#include <mutex>
#include <vector>

#include "tests/support/plans.h"
#include "worker/engine/extender.h"

namespace invocator {
namespace {

constexpr std::chrono::seconds kLong{10};

class ExtenderAfterAllTest : public testing::Test {
 protected:
  const Plan plan_ =
      PlanOf({ListInstance("f", std::vector<double>(100, 0.1), 20)}, 20);
  std::mutex mutex_;  // guards lines_
  std::vector<size_t> lines_;
  std::atomic<bool> has_ended_ = false;
  Extender extender_{plan_, 2, [this](size_t, std::vector<Schedule::Line> of) {
                       const std::lock_guard lock(mutex_);
                       lines_.push_back(of.size());
                       return !has_ended_;
                     }};
};

TEST_F(ExtenderAfterAllTest, WithNothingToAddWhatComesAfterComesAtOnce) {
  bool called = false;
  extender_.AfterAll([&] { called = true; });
  EXPECT_TRUE(called);
  EXPECT_EQ(extender_.Finish(), 0u);
}

TEST_F(ExtenderAfterAllTest, AfterAllComesAfterAllThatWasToBeAdded) {
  std::promise<size_t> added;
  for (int i = 0; i < 3; ++i) extender_.Extend(WholeShares(plan_), 1);
  extender_.AfterAll([&] {
    const std::lock_guard lock(mutex_);
    added.set_value(lines_.size());
  });
  auto future = added.get_future();
  ASSERT_EQ(future.wait_for(kLong), std::future_status::ready);
  EXPECT_EQ(future.get(), 6u);  // to each of two engines
  EXPECT_EQ(extender_.Finish(), 3u);
}

TEST_F(ExtenderAfterAllTest, WhatAnEngineThatHasEndedDoesNotTakeIsNotCounted) {
  std::promise<void> first, second;
  extender_.Extend(WholeShares(plan_), 1);
  extender_.AfterAll([&] { first.set_value(); });
  ASSERT_EQ(first.get_future().wait_for(kLong), std::future_status::ready);
  has_ended_ = true;
  extender_.Extend(WholeShares(plan_), 1);
  extender_.AfterAll([&] { second.set_value(); });
  ASSERT_EQ(second.get_future().wait_for(kLong), std::future_status::ready);
  EXPECT_EQ(extender_.Finish(), 1u);
}

}  // namespace
}  // namespace invocator
