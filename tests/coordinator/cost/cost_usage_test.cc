// Which calls a cost is charged for, of those sent or planned.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "common/result/totals.h"
#include "coordinator/cost/cost.h"
#include "tests/support/costs.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(Cost, CallsThatWereRefusedAreNotCharged) {
  Totals totals;
  totals.sent = 100;
  const auto set = [&](Outcome outcome, uint64_t count) {
    totals.outcomes[static_cast<size_t>(outcome)] = count;
  };
  set(Outcome::kOk, 40);
  set(Outcome::kThrottled, 10);
  set(Outcome::kAuthError, 5);
  set(Outcome::kConnectError, 3);
  set(Outcome::kTlsError, 2);
  set(Outcome::kFunctionError, 20);
  set(Outcome::kTimeout, 10);
  set(Outcome::kLost, 10);
  totals.billed_count = 60;
  totals.billed_ms = 1'000;
  totals.billed_mb_ms = 128'000;
  const Usage usage = SentUsage(totals);
  EXPECT_EQ(usage.requests, 80u);
  EXPECT_EQ(usage.not_charged, 20u);
  EXPECT_EQ(usage.billed, 60u);
  EXPECT_EQ(usage.billed_mb_ms, 128'000u);
  const Cost cost = CostOf(PlanOf({Instance("a", "lambda")}), {usage}, {{}});
  EXPECT_THAT(Words(cost),
              HasSubstr("20 refused or unconnected calls not charged"));
}

TEST(Cost, WhatNoFunctionAnsweredIsChargedByApiGatewayAlone) {
  Totals totals;
  totals.sent = 100;
  const auto outcomes = [&](Outcome outcome) -> uint64_t& {
    return totals.outcomes[static_cast<size_t>(outcome)];
  };
  const auto reasons = [&](Reason reason) -> uint64_t& {
    return totals.reasons[static_cast<size_t>(reason)];
  };
  outcomes(Outcome::kOk) = 70;
  outcomes(Outcome::kThrottled) = 20;
  reasons(Reason::kRateExceeded) = 13;
  reasons(Reason::kIntegrationThrottled) = 7;
  outcomes(Outcome::kHttpError) = 10;
  reasons(Reason::kStatus4xx) = 6;  // what a function said
  reasons(Reason::kGatewayError) = 4;
  const Usage usage = SentUsage(totals);
  EXPECT_EQ(usage.not_charged, 13u);
  EXPECT_EQ(usage.no_function, 11u);
  EXPECT_EQ(usage.requests, 76u);

  const Cost gateway =
      CostOf(PlanOf({Instance("a", "execute-api", 10)}), {usage}, {128});
  ASSERT_THAT(gateway.items, SizeIs(3));
  EXPECT_EQ(gateway.items[0].quantity, 87u);
  EXPECT_EQ(gateway.items[1].quantity, 76u);
  EXPECT_EQ(gateway.estimated, 76u);
  EXPECT_EQ(gateway.requests, 87u);
  EXPECT_EQ(gateway.not_charged, 13u);

  const Cost lambda =
      CostOf(PlanOf({Instance("a", "lambda", 10)}), {usage}, {128});
  ASSERT_THAT(lambda.items, SizeIs(2));
  EXPECT_EQ(lambda.items[0].quantity, 76u);
  EXPECT_EQ(lambda.requests, 76u);
  EXPECT_EQ(lambda.not_charged, 24u);
}

TEST(Cost, MoreBilledThanRequestsLeavesNoneToEstimate) {
  // 5 billed of 3 requests: a call may be billed and be counted as refused.
  for (const uint64_t billed : {3u, 5u}) {
    const Cost cost = CostOf(PlanOf({Instance("a", "lambda", 10)}),
                             {Billed(3, billed, 3000)}, {128});
    EXPECT_EQ(cost.estimated, 0u);
    EXPECT_EQ(cost.unknown, 0u);
    EXPECT_EQ(cost.billed, billed);
    EXPECT_EQ(cost.requests, 3u);
    EXPECT_EQ(CostBasis(cost), "exact");
  }
}

TEST(Cost, CountsThatDoNotFitEachOtherNeverGoBelowNothing) {
  Totals totals;
  totals.sent = 3;
  totals.outcomes[static_cast<size_t>(Outcome::kThrottled)] = 5;
  totals.reasons[static_cast<size_t>(Reason::kGatewayError)] = 4;
  Usage usage = SentUsage(totals);
  EXPECT_EQ(usage.not_charged, 3u);
  EXPECT_EQ(usage.no_function, 0u);
  EXPECT_EQ(usage.requests, 0u);
  totals.outcomes[static_cast<size_t>(Outcome::kThrottled)] = 1;
  totals.reasons[static_cast<size_t>(Reason::kIntegrationThrottled)] = 2;
  usage = SentUsage(totals);
  EXPECT_EQ(usage.not_charged, 0u);
  EXPECT_EQ(usage.no_function, 3u);
  EXPECT_EQ(usage.requests, 0u);
}

TEST(Cost, OfWhatIsPlannedIsOfEveryInvocation) {
  Census census;
  census.instances.resize(2);
  census.instances[1].count = 7;
  const std::vector<Usage> usages = PlannedUsages(census);
  ASSERT_THAT(usages, SizeIs(2));
  EXPECT_EQ(usages[0].requests, 0u);
  EXPECT_EQ(usages[1].requests, 7u);
}

}  // namespace
}  // namespace invocator
