#include "coordinator/fleet/fleet_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace invocator {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(FleetLimitsTest, DescriptorsAreKeptForTheRunsFiles) {
  const auto limits = FleetLimitsOf(2, 64);
  ASSERT_TRUE(limits.ok()) << limits.status();
  EXPECT_EQ(limits->connections, 40u);
  EXPECT_EQ(limits->strangers, 38u);
}

TEST(FleetLimitsTest, StrangersLeaveRoomForEveryWorker) {
  const auto limits = FleetLimitsOf(24, 1024);
  ASSERT_TRUE(limits.ok()) << limits.status();
  EXPECT_EQ(limits->connections, 1000u);
  EXPECT_EQ(limits->strangers, 1000u - 24);
}

TEST(FleetLimitsTest, StrangersAreBoundedWhereDescriptorsAreMany) {
  const auto limits = FleetLimitsOf(100, 1 << 20);
  ASSERT_TRUE(limits.ok()) << limits.status();
  EXPECT_EQ(limits->connections, (size_t{1} << 20) - 24);
  // A fleet may knock and join all at once.
  EXPECT_EQ(limits->strangers, 1224u);
}

TEST(FleetLimitsTest, AFleetThatJustFitsIsTakenAndOneMoreRefused) {
  const auto fits = FleetLimitsOf(32, 64);
  ASSERT_TRUE(fits.ok()) << fits.status();
  EXPECT_EQ(fits->connections, 40u);
  EXPECT_EQ(fits->strangers, 8u);
  const auto refused = FleetLimitsOf(33, 64);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.status().message()),
              AllOf(HasSubstr("--workers 33 needs 65 open files"),
                    HasSubstr("may open 64"), HasSubstr("ulimit -Hn")));
}

TEST(FleetLimitsTest, SmallLimitsAreRefused) {
  for (const uint64_t limit : {0U, 1U, 24U, 32U}) {
    EXPECT_FALSE(FleetLimitsOf(1, limit).ok());
  }
  EXPECT_TRUE(FleetLimitsOf(1, 33).ok());
}

}  // namespace
}  // namespace invocator
