#include "common/credentials/refresh_schedule.h"

#include <gtest/gtest.h>

namespace invocator {
namespace {

using State = RefreshSchedule::State;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

FoundCredentials For(absl::Duration life) {
  FoundCredentials found;
  found.expires_at = kNow + life;
  return found;
}

TEST(RefreshScheduleTest, CredentialsAreRenewedWellBeforeTheyExpire) {
  const struct {
    absl::Duration life, renewed_after, urgent_after;
  } kCases[] = {
      {absl::Hours(6), absl::Minutes(345), absl::Minutes(350)},
      {absl::Hours(1), absl::Minutes(45), absl::Minutes(50)},
      {absl::Minutes(30), absl::Minutes(15), absl::Seconds(1350)},
      {absl::Minutes(15), absl::Seconds(450), absl::Seconds(675)},
      {absl::Seconds(4), absl::Seconds(2), absl::Seconds(3)},
      // Not more often than once a second, whatever a source says.
      {absl::Seconds(1), absl::Seconds(1), absl::Milliseconds(750)},
      {absl::ZeroDuration(), absl::Seconds(1), absl::ZeroDuration()},
      {-absl::Hours(1), absl::Seconds(1), absl::ZeroDuration()},
  };
  for (const auto& c : kCases) {
    RefreshSchedule schedule(0);
    schedule.Got(kNow, For(c.life));
    EXPECT_EQ(schedule.next() - kNow, c.renewed_after) << c.life;
    if (c.life <= absl::ZeroDuration()) {
      EXPECT_EQ(schedule.StateAt(kNow), State::kExpired);
      continue;
    }
    EXPECT_EQ(schedule.StateAt(kNow), State::kGood);
    EXPECT_EQ(schedule.StateAt(kNow + c.urgent_after), State::kUrgent);
    EXPECT_EQ(schedule.StateAt(kNow + c.life), State::kExpired);
  }
}

TEST(RefreshScheduleTest, JitterOnlyMakesItEarlier) {
  RefreshSchedule schedule(0.5);
  schedule.Got(kNow, For(absl::Hours(1)));
  EXPECT_EQ(schedule.next() - kNow, absl::Minutes(45) - absl::Seconds(45));
}

TEST(RefreshScheduleTest, WhatIsGoodForEverIsNotAskedForAgain) {
  RefreshSchedule schedule(0);
  schedule.Got(kNow, FoundCredentials());
  EXPECT_EQ(schedule.next(), absl::InfiniteFuture());
  EXPECT_EQ(schedule.StateAt(kNow + absl::Hours(10'000)), State::kGood);
}

TEST(RefreshScheduleTest, ASourceThatMayChangeIsAskedAgain) {
  FoundCredentials found;
  found.ask_again_after = absl::Minutes(1);
  RefreshSchedule schedule(0);
  schedule.Got(kNow, found);
  EXPECT_EQ(schedule.next() - kNow, absl::Minutes(1));
  EXPECT_EQ(schedule.StateAt(kNow + absl::Hours(10'000)), State::kGood);
}

TEST(RefreshScheduleTest, FailuresAreTriedAgainEverMoreRarely) {
  RefreshSchedule schedule(0);
  schedule.Got(kNow, For(absl::Hours(1)));
  absl::Time now = schedule.next();
  for (int seconds : {1, 2, 4, 8, 16, 32, 60, 60}) {
    schedule.Failed(now);
    EXPECT_EQ(schedule.next() - now, absl::Seconds(seconds));
    now = schedule.next();
  }
  EXPECT_EQ(schedule.expires_at(), kNow + absl::Hours(1));
}

TEST(RefreshScheduleTest, WhenItIsUrgentEveryTenSeconds) {
  RefreshSchedule schedule(0);
  schedule.Got(kNow, For(absl::Hours(1)));
  for (int i = 0; i < 100; ++i) schedule.Failed(kNow + absl::Minutes(45));
  for (absl::Duration after : {absl::Minutes(51), absl::Minutes(61)}) {
    schedule.Failed(kNow + after);
    EXPECT_EQ(schedule.next() - kNow - after, absl::Seconds(10));
  }
}

TEST(RefreshScheduleTest, ASuccessForgetsFailures) {
  RefreshSchedule schedule(0);
  schedule.Got(kNow, For(absl::Hours(1)));
  for (int i = 0; i < 5; ++i) schedule.Failed(kNow);
  schedule.Got(kNow, For(absl::Hours(1)));
  EXPECT_EQ(schedule.next() - kNow, absl::Minutes(45));
  schedule.Failed(kNow);
  EXPECT_EQ(schedule.next() - kNow, absl::Seconds(1));
}

}  // namespace
}  // namespace invocator
