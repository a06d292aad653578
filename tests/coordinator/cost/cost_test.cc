#include "coordinator/cost/cost.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/costs.h"

namespace invocator {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

// By AWS's list prices: 0.20 + 0.42 + 3.50 = 4.12 USD.
TEST(Cost, AMillionCallsOfARestApiAreChargedAsInTheExample) {
  const Cost cost = CostOf(PlanOf({Instance("a", "execute-api", 50)}),
                           {Requests(1'000'000)}, {512});
  ASSERT_THAT(cost.items, SizeIs(3));
  EXPECT_EQ(cost.items[0].kind, CostKind::kApiGatewayRequests);
  EXPECT_EQ(cost.items[0].amount_nano, 3'500'000'000);
  EXPECT_EQ(cost.items[1].kind, CostKind::kLambdaRequests);
  EXPECT_EQ(cost.items[1].amount_nano, 200'000'000);
  EXPECT_EQ(cost.items[2].kind, CostKind::kEstimatedLambdaDuration);
  EXPECT_EQ(cost.items[2].quantity, uint64_t{1'000'000} * 50 * 512);
  EXPECT_EQ(cost.items[2].amount_nano, 416'667'500);
  EXPECT_EQ(cost.total_nano, 4'116'667'500);
  EXPECT_EQ(cost.PerMillionNano(), cost.total_nano);
  EXPECT_EQ(CostBasis(cost), "estimated");
}

TEST(Cost, LambdaAndFunctionUrlsHaveNoGateway) {
  for (const char* path : {"/2015-03-31/functions/f/invocations", "/"}) {
    InstancePlan instance = Instance("a", "lambda");
    instance.endpoint.path = path;
    const Cost cost = CostOf(PlanOf({instance}), {Requests(10)}, {128});
    ASSERT_THAT(cost.items, SizeIs(1));
    EXPECT_EQ(cost.items[0].kind, CostKind::kLambdaRequests);
    EXPECT_EQ(cost.total_nano, 2'000);
    EXPECT_EQ(CostBasis(cost), "requests_only");
    EXPECT_THAT(Words(cost), Not(HasSubstr("API")));
  }
}

TEST(Cost, BilledDurationsAreTakenAsTheyAre) {
  // 3 calls, 4 ms with 128 MB and 2 * 5 ms with 256 MB.
  const Cost cost = CostOf(PlanOf({Instance("a", "lambda", 1000)}),
                           {Billed(3, 3, 4 * 128 + 10 * 256)}, {{}});
  ASSERT_THAT(cost.items, SizeIs(2));
  EXPECT_EQ(cost.items[1].kind, CostKind::kLambdaDuration);
  EXPECT_EQ(cost.items[1].quantity, 3072u);
  // 3072 / 1024000 * 16666.7 nano = 50.0001
  EXPECT_EQ(cost.items[1].amount_nano, 50);
  EXPECT_EQ(cost.total_nano, 650);
  EXPECT_EQ(CostBasis(cost), "exact");
  EXPECT_EQ(cost.unknown, 0u);
  EXPECT_THAT(Words(cost), AllOf(HasSubstr("x86_64"),
                                 Not(HasSubstr("expected_duration_ms"))));
}

TEST(Cost, CallsThatAwsDidNotBillAreEstimatedOrLeftOut) {
  const Usage usage = Billed(5, 3, 3000);
  const Cost estimated =
      CostOf(PlanOf({Instance("a", "lambda", 10)}), {usage}, {128});
  EXPECT_EQ(CostBasis(estimated), "estimated");
  EXPECT_EQ(estimated.billed, 3u);
  EXPECT_EQ(estimated.estimated, 2u);
  ASSERT_THAT(estimated.items, SizeIs(3));
  EXPECT_EQ(estimated.items[2].quantity, 2u * 10 * 128);
  const Cost left_out =
      CostOf(PlanOf({Instance("a", "lambda")}), {usage}, {128});
  EXPECT_EQ(CostBasis(left_out), "lower_bound");
  EXPECT_EQ(left_out.unknown, 2u);
  EXPECT_THAT(Words(left_out), HasSubstr("duration of 2 calls unknown"));
}

TEST(Cost, WithoutAMemorySizeADurationIsNoCost) {
  const Cost cost =
      CostOf(PlanOf({Instance("a", "lambda", 10)}), {Requests(5)}, {{}});
  EXPECT_EQ(CostBasis(cost), "requests_only");
  EXPECT_THAT(Words(cost), HasSubstr("memory size of 5 calls unknown"));
  EXPECT_THAT(
      Words(CostOf(PlanOf({Instance("a", "lambda", 10)}), {Requests(1)}, {{}})),
      HasSubstr("memory size of 1 call unknown"));
}

TEST(Cost, ExpectedDurationsAreBilledInWholeMilliseconds) {
  for (const auto& [duration_ms, billed_ms] :
       std::vector<std::pair<double, uint64_t>>{
           {0.001, 1}, {1, 1}, {1.0001, 2}, {900'000, 900'000}}) {
    const Cost cost = CostOf(PlanOf({Instance("a", "lambda", duration_ms)}),
                             {Requests(7)}, {128});
    EXPECT_EQ(cost.items.at(1).quantity, 7 * billed_ms * 128) << duration_ms;
  }
}

TEST(Cost, IsRoundedHalfUpToNanoUnitsItemByItem) {
  PriceTable prices = Prices();
  // 1024000 MB ms are a GB-s: the price in pico-units over 1000.
  for (const auto& [price_pico, nano] :
       std::vector<std::pair<int64_t, int64_t>>{
           {499, 0}, {500, 1}, {1'499, 1}, {1'500, 2}}) {
    prices.regions["us-east-1"] = {0, price_pico, 0};
    const Cost cost = ComputeCost(
        PlanOf({Instance("a", "lambda"), Instance("b", "lambda")}),
        {Billed(1, 1, 1'024'000), Billed(1, 1, 1'024'000)}, {{{}, {}}}, prices);
    EXPECT_EQ(cost.total_nano, 2 * nano) << price_pico;
  }
}

TEST(Cost, RegionsHaveTheirPricesOrBorrowThem) {
  InstancePlan dear = Instance("dear", "lambda");
  dear.region = "dear-1";
  InstancePlan unknown = Instance("unknown", "lambda");
  unknown.region = "mars-1";
  const Cost cost =
      CostOf(PlanOf({dear, unknown}), {Requests(10), Requests(10)}, {{}, {}});
  ASSERT_THAT(cost.items, SizeIs(2));
  EXPECT_EQ(cost.items[0].amount_nano, 4'000);
  EXPECT_EQ(cost.items[1].amount_nano, 2'000);
  EXPECT_THAT(cost.assumptions,
              Contains(StartsWith(
                  "list prices of dear-1, us-east-1 (us-east-1 also for "
                  "mars-1) as of 2026-01-02, ")));
}

TEST(Cost, WhatHasNoPriceCostsNothingAndIsSaid) {
  InstancePlan other = Instance("b", "");
  other.target_kind = TargetKind::kHttp;
  const Cost both = CostOf(PlanOf({Instance("a", "lambda"), other}),
                           {Requests(10), Requests(1'000)}, {{}, {}});
  EXPECT_EQ(both.total_nano, 2'000);
  EXPECT_EQ(both.requests, 10u);
  EXPECT_THAT(Words(both), HasSubstr("no AWS price for 1 instance"));
  const Cost none = CostOf(PlanOf({other}), {Requests(1'000)}, {{}});
  EXPECT_FALSE(none.applies);
  EXPECT_EQ(none.PerMillionNano(), 0);
  EXPECT_THAT(none.assumptions, IsEmpty());
}

TEST(Cost, PerMillionIsRoundedHalfUp) {
  Cost cost;
  cost.requests = 3;
  cost.total_nano = 5;
  EXPECT_EQ(cost.PerMillionNano(), 1'666'667);
  cost.requests = 2'000'000;
  cost.total_nano = 1;
  EXPECT_EQ(cost.PerMillionNano(), 1);
  cost.requests = 2'000'001;
  EXPECT_EQ(cost.PerMillionNano(), 0);
}

TEST(Cost, BasisSaysHowMuchIsKnown) {
  const auto basis = [](uint64_t billed, uint64_t estimated, uint64_t unknown) {
    Cost cost;
    cost.billed = billed;
    cost.estimated = estimated;
    cost.unknown = unknown;
    return CostBasis(cost);
  };
  EXPECT_EQ(basis(0, 0, 0), "exact");
  EXPECT_EQ(basis(1, 0, 0), "exact");
  EXPECT_EQ(basis(1, 1, 0), "estimated");
  EXPECT_EQ(basis(0, 1, 1), "lower_bound");
  EXPECT_EQ(basis(1, 0, 1), "lower_bound");
  EXPECT_EQ(basis(0, 0, 1), "requests_only");
}

TEST(Cost, KindsHaveNames) {
  EXPECT_EQ(CostKindName(CostKind::kApiGatewayRequests),
            "api_gateway_requests");
  EXPECT_EQ(CostKindName(CostKind::kLambdaRequests), "lambda_requests");
  EXPECT_EQ(CostKindName(CostKind::kLambdaDuration), "lambda_duration");
  EXPECT_EQ(CostKindName(CostKind::kEstimatedLambdaDuration),
            "lambda_duration_estimated");
}

TEST(Cost, AssumptionsAreSaidWhereTheyWereMade) {
  const Plan plan = PlanOf({Instance("a", "lambda", 10)});
  const auto words = [&](const Usage& usage) {
    return Words(CostOf(plan, {usage}, {128}));
  };
  EXPECT_THAT(words(Requests(2)),
              HasSubstr("durations of 2 calls as expected_duration_ms says; "));
  EXPECT_THAT(words(Billed(2, 2, 100)), Not(HasSubstr("expected_duration_ms")));
  EXPECT_THAT(words(Requests(2)), Not(HasSubstr("not charged")));
  EXPECT_THAT(words(Requests(2)), Not(HasSubstr("no AWS price")));
  EXPECT_THAT(words(Requests(0)), Not(HasSubstr("x86_64")));
  EXPECT_THAT(words(Requests(2)), HasSubstr("x86_64"));
  InstancePlan other = Instance("b", "");
  other.target_kind = TargetKind::kHttp;
  EXPECT_THAT(
      Words(CostOf(PlanOf({Instance("a", "lambda"), other, other}),
                   {Requests(1), Requests(1), Requests(1)}, {{}, {}, {}})),
      HasSubstr("no AWS price for 2 instances"));
}

TEST(Cost, OnlyFiveRegionsAreNamed) {
  std::vector<InstancePlan> instances;
  std::vector<Usage> usages;
  std::vector<std::optional<uint32_t>> sizes;
  for (const char* region : {"a-1", "b-1", "c-1", "d-1", "e-1", "f-1", "g-1"}) {
    instances.push_back(Instance(region, "lambda"));
    instances.back().region = region;
    usages.push_back(Requests(1));
    sizes.push_back({});
  }
  EXPECT_THAT(Words(CostOf(PlanOf(instances), usages, sizes)),
              HasSubstr("list prices of us-east-1 (also for a-1, b-1, c-1, "
                        "d-1, e-1 and 2 more)"));
}

TEST(Cost, NothingOverflows) {
  constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
  PriceTable prices = Prices();
  prices.regions["us-east-1"] = {1'000'000'000'000, 1'000'000'000'000,
                                 1'000'000'000'000};
  const Cost cost = ComputeCost(PlanOf({Instance("a", "execute-api", 900'000),
                                        Instance("b", "execute-api", 900'000)}),
                                {Requests(kMost), Billed(kMost, 1, kMost)},
                                {{32'768, 32'768}}, prices);
  EXPECT_EQ(cost.total_nano, std::numeric_limits<int64_t>::max());
}

TEST(MemoryOfRun, IsSetOrAsTheWorkloadSays) {
  InstancePlan instance = Instance("a", "execute-api", 10);
  instance.application = "f";
  instance.memory_size_mb = 512;
  const Plan plan = PlanOf({instance});
  EXPECT_THAT(MakeMemoryOfRun(plan, *MemoryTargets(plan, 256), false).sizes_mb,
              ElementsAre(512));
  const MemoryOfRun kept = MakeMemoryOfRun(plan, {}, true);
  EXPECT_THAT(kept.sizes_mb, ElementsAre(512));
  EXPECT_THAT(Words(ComputeCost(plan, {Requests(1)}, kept, Prices())),
              HasSubstr("memory sizes as memory_size"));
}

TEST(MemoryOfRun, KeptSizesAreThoseOfEachInstance) {
  InstancePlan first = Instance("a", "lambda", 10);
  first.memory_size_mb = 512;
  const InstancePlan second = Instance("b", "lambda", 10);
  InstancePlan third = Instance("c", "lambda", 10);
  third.memory_size_mb = 1024;
  EXPECT_THAT(
      MakeMemoryOfRun(PlanOf({first, second, third}), {}, true).sizes_mb,
      ElementsAre(512, std::nullopt, 1024));
}

}  // namespace
}  // namespace invocator
