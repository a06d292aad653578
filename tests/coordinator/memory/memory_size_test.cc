#include "coordinator/memory/memory_size.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace invocator {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(MemorySizeTest, ReadsOneManyOrNone) {
  EXPECT_THAT(ParseMemorySize("256")->sizes_mb, ElementsAre(256));
  EXPECT_THAT(ParseMemorySize("512,128,10240")->sizes_mb,
              ElementsAre(512, 128, 10240));
  EXPECT_THAT(ParseMemorySize("10240")->sizes_mb, ElementsAre(10240));
  EXPECT_THAT(ParseMemorySize("128")->sizes_mb, ElementsAre(128));
  EXPECT_THAT(ParseMemorySize("keep")->sizes_mb, IsEmpty());
  EXPECT_THAT(MemorySizeOption().sizes_mb, ElementsAre(128));
  EXPECT_TRUE(ParseMemorySize("128")->is_given);
  EXPECT_TRUE(ParseMemorySize("keep")->is_given);
  EXPECT_FALSE(MemorySizeOption().is_given);
}

TEST(MemorySizeTest, WrongSizesAreNamed) {
  for (const char* text : {"", "127", "0", "-128", "+128", "10241", "32768",
                           "99999999999999999999", "128,", ",128", "128,128",
                           "128.5", "128MB", "1e3", "Keep", "128,keep"}) {
    const auto option = ParseMemorySize(text);
    EXPECT_TRUE(absl::IsInvalidArgument(option.status())) << text;
    EXPECT_THAT(std::string(option.status().message()), HasSubstr(text));
  }
}

InstancePlan Instance(std::string name, std::string application,
                      std::optional<uint32_t> memory_size_mb = std::nullopt) {
  InstancePlan instance;
  instance.name = std::move(name);
  instance.application = std::move(application);
  instance.memory_size_mb = memory_size_mb;
  instance.signing = SigningScope{"us-west-1", "execute-api"};
  return instance;
}

Plan PlanOf(std::vector<InstancePlan> instances) {
  Plan plan;
  plan.instances = std::move(instances);
  return plan;
}

TEST(MemoryTargetsTest, EveryFunctionOnceInTheOrderOfThePlan) {
  const auto targets = MemoryTargets(
      PlanOf({Instance("a", "g"), Instance("b", "f"), Instance("c", "g")}),
      256);
  ASSERT_TRUE(targets.ok()) << targets.status();
  EXPECT_THAT(*targets, ElementsAre(MemoryTarget{{"g", "us-west-1"}, 256},
                                    MemoryTarget{{"f", "us-west-1"}, 256}));
}

TEST(MemoryTargetsTest, KeepUnsignedAndNamelessTouchNothing) {
  EXPECT_THAT(*MemoryTargets(PlanOf({Instance("a", "f", 512)}), std::nullopt),
              IsEmpty());
  InstancePlan unsigned_one = Instance("a", "f");
  unsigned_one.signing.reset();
  EXPECT_THAT(*MemoryTargets(PlanOf({unsigned_one, Instance("b", "")}), 128),
              IsEmpty());
}

TEST(MemoryTargetsTest, InstancesOwnSizeWins) {
  const auto targets =
      MemoryTargets(PlanOf({Instance("a", "f"), Instance("b", "f", 512),
                            Instance("c", "f", 512), Instance("d", "g")}),
                    256);
  ASSERT_TRUE(targets.ok()) << targets.status();
  EXPECT_THAT(*targets, ElementsAre(MemoryTarget{{"f", "us-west-1"}, 512},
                                    MemoryTarget{{"g", "us-west-1"}, 256}));
}

TEST(MemoryTargetsTest, TwoSizesOfOneFunctionAreAnError) {
  const auto targets = MemoryTargets(
      PlanOf({Instance("a", "f", 256), Instance("b", "f", 512)}), 128);
  EXPECT_TRUE(absl::IsInvalidArgument(targets.status()));
  EXPECT_THAT(std::string(targets.status().message()),
              HasSubstr("\"a\" and \"b\" call one function, f (us-west-1), "
                        "but want memory sizes of 256 and 512 MB"));
}

TEST(MemoryByInstanceTest, IsThatOfTheFunctionWhoeverAskedForIt) {
  InstancePlan unsigned_one = Instance("c", "f");
  unsigned_one.signing.reset();
  const Plan plan =
      PlanOf({Instance("a", "f"), Instance("b", "f:$LATEST", 512), unsigned_one,
              Instance("d", ""), Instance("e", "g")});
  EXPECT_THAT(MemoryByInstance(plan, *MemoryTargets(plan, 256)),
              ElementsAre(512, 512, std::nullopt, std::nullopt, 256));
  EXPECT_THAT(MemoryByInstance(plan, {}), Each(std::nullopt));
}

TEST(MemoryTargetsTest, RegionOfAnArnWins) {
  InstancePlan elsewhere = Instance("a", "f");
  elsewhere.signing->region = "eu-west-1";
  const auto targets = MemoryTargets(
      PlanOf({elsewhere, Instance("b", "f:$LATEST"),
              Instance("c",
                       "arn:aws:lambda:us-east-2:123456789012:function:f:"
                       "$LATEST")}),
      256);
  ASSERT_TRUE(targets.ok()) << targets.status();
  EXPECT_THAT(
      *targets,
      ElementsAre(
          MemoryTarget{{"f", "eu-west-1"}, 256},
          MemoryTarget{{"f", "us-west-1"}, 256},
          MemoryTarget{
              {"arn:aws:lambda:us-east-2:123456789012:function:f", "us-east-2"},
              256}));
}

TEST(MemoryTargetsTest, WhatCannotBeChangedIsSaid) {
  const std::pair<const char*, std::optional<uint32_t>> kRows[] = {
      {"f:live", 256}, {"f:7", 128}, {"my function", {}}, {"a/b", {}}};
  for (const auto& [application, own_mb] : kRows) {
    const auto targets =
        MemoryTargets(PlanOf({Instance("a", application, own_mb)}), 128);
    EXPECT_TRUE(absl::IsInvalidArgument(targets.status())) << application;
    const std::string words(targets.status().message());
    EXPECT_THAT(words, HasSubstr(application));
    EXPECT_THAT(words, HasSubstr("--memory-size keep"));
  }
}

TEST(MemoryTargetsTest, VersionsAndAliasesKeepTheirSize) {
  const Plan plan = PlanOf({Instance("a", "f:live"), Instance("b", "f:7"),
                            Instance("c", "f:$LATEST")});
  const auto targets = MemoryTargets(plan, 256);
  ASSERT_TRUE(targets.ok()) << targets.status();
  EXPECT_THAT(*targets, ElementsAre(MemoryTarget{{"f", "us-west-1"}, 256}));
  EXPECT_THAT(MemoryByInstance(plan, *targets),
              ElementsAre(std::nullopt, std::nullopt, 256));
}

TEST(SeriesWarningTest, NamesWhatHasItsOwnSizeEachTime) {
  const MemorySizeOption kSizes{{128, 256}};
  EXPECT_EQ(*SeriesWarning(PlanOf({Instance("a", "f")}), kSizes), "");
  // The function of "b" has the size that "c" wants.
  const Plan some = PlanOf({Instance("a", "f"), Instance("b", "g"),
                            Instance("c", "g", 512), Instance("d", "")});
  EXPECT_THAT(*SeriesWarning(some, kSizes),
              AllOf(HasSubstr("--memory-size 128,256 "),
                    HasSubstr("those of \"b\", \"c\"")));
  // Also if it is one of the sizes.
  EXPECT_THAT(
      *SeriesWarning(PlanOf({Instance("a", "f"), Instance("b", "g", 256)}),
                     kSizes),
      HasSubstr("those of \"b\""));
}

TEST(SeriesWarningTest, NothingToCompareIsAnError) {
  const MemorySizeOption kSizes{{128, 256, 512}};
  const Plan fixed = PlanOf({Instance("a", "f", 512), Instance("b", "")});
  const auto error = SeriesWarning(fixed, kSizes);
  EXPECT_TRUE(absl::IsInvalidArgument(error.status()));
  EXPECT_THAT(std::string(error.status().message()),
              AllOf(HasSubstr("--memory-size 128,256,512: nothing to compare"),
                    HasSubstr("\"a\"")));
  for (const char* application : {"", "f:live"}) {
    EXPECT_THAT(
        std::string(SeriesWarning(PlanOf({Instance("a", application)}), kSizes)
                        .status()
                        .message()),
        HasSubstr("no signed instance names an application whose memory size "
                  "can be changed"));
  }
  // One size compares nothing anyway.
  EXPECT_EQ(*SeriesWarning(fixed, {{128}}), "");
  EXPECT_EQ(*SeriesWarning(fixed, {{}}), "");
}

// Calls Invoke of that host.
InstancePlan Invoking(std::string name, std::string application,
                      std::string host, bool plain_http = true) {
  InstancePlan instance = Instance(std::move(name), std::move(application));
  instance.endpoint = {std::move(host), "/2015-03-31/functions/f/invocations",
                       ""};
  instance.plain_http = plain_http;
  instance.signing->service = "lambda";
  instance.target_kind = TargetKind::kLambda;
  return instance;
}

const ControlEndpoint kAws;
const ControlEndpoint kConfigured = {"http://localhost:4566", false};
const ControlEndpoint kOption = {"http://option", true};
constexpr char kAwsHost[] = "lambda.us-west-1.amazonaws.com";
constexpr char kFipsHost[] = "lambda-fips.us-west-1.amazonaws.com";

TEST(MemoryTargetsTest, FunctionsAreAskedForWhereTheyAreCalled) {
  const auto place = [](std::vector<InstancePlan> instances,
                        const ControlEndpoint& control) {
    const auto targets =
        MemoryTargets(PlanOf(std::move(instances)), 128, control);
    EXPECT_TRUE(targets.ok()) << targets.status();
    return targets.ok() ? targets->front().function.endpoint_url : "error";
  };
  EXPECT_EQ(place({Instance("a", "f")}, kAws), "");
  EXPECT_EQ(place({Instance("a", "f")}, kConfigured), "");
  EXPECT_EQ(place({Invoking("a", "f", "localhost:4566")}, kConfigured), "");
  EXPECT_EQ(place({Invoking("a", "f", "localhost:4566")}, kAws),
            "http://localhost:4566");
  EXPECT_EQ(place({Invoking("a", "f", "moto:5000")}, kConfigured),
            "http://moto:5000");
  EXPECT_EQ(place({Invoking("a", "f", kAwsHost, false)}, kAws), "");
  // Of a workload that says AWS, whatever is configured.
  EXPECT_EQ(place({Invoking("a", "f", kAwsHost, false)}, kConfigured),
            "https://lambda.us-west-1.amazonaws.com");
  EXPECT_EQ(place({Invoking("a", "f", "moto:5000")}, kOption), "");
  // All of them AWS: what is named goes before what is implied.
  const std::string fips = "https://lambda-fips.us-west-1.amazonaws.com";
  EXPECT_EQ(
      place({Instance("a", "f"), Invoking("b", "f", kFipsHost, false)}, kAws),
      fips);
  EXPECT_EQ(
      place({Invoking("b", "f", kFipsHost, false), Instance("a", "f")}, kAws),
      fips);
}

TEST(MemoryTargetsTest, AFunctionOfTwoPlacesIsTwo) {
  const std::vector<std::vector<InstancePlan>> kPairs = {
      {Instance("a", "f"), Invoking("b", "f", "localhost:4566")},
      {Invoking("a", "f", "localhost:4566"), Instance("b", "f")},
      {Invoking("a", "f", "localhost:1"), Invoking("b", "f", "localhost:2")}};
  for (const auto& pair : kPairs) {
    const absl::Status status = MemoryTargets(PlanOf(pair), 128).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr("instances \"a\" and \"b\" call f (us-west-1) "
                                "at two places"),
                      HasSubstr("--control-endpoint-url"),
                      HasSubstr("--memory-size keep")));
    EXPECT_TRUE(MemoryTargets(PlanOf(pair), 128, kOption).ok());
    EXPECT_TRUE(MemoryTargets(PlanOf(pair), std::nullopt).ok());
  }
}

TEST(DefaultSizedTest, AreThoseNoInstanceNamesASizeFor) {
  const Plan plan =
      PlanOf({Instance("a", "f"), Instance("b", "g", 512), Instance("c", "f"),
              Instance("d", "h"), Instance("e", "h", 128)});
  EXPECT_THAT(DefaultSized(plan, *MemoryTargets(plan, 128)),
              ElementsAre(MemoryTarget{{"f", "us-west-1"}, 128}));
}

TEST(MemoryEffectsTest, SayWhatHappensToWhichFunction) {
  const Plan plan =
      PlanOf({Instance("a", "chameleon"), Instance("b", "g", 512)});
  EXPECT_THAT(
      MemoryEffects(plan, {}, kAws),
      ElementsAre("will set memory of chameleon to 128 MB; --memory-size keep "
                  "leaves it (us-west-1)",
                  "will set memory of g to 512 MB; --memory-size keep leaves "
                  "it (us-west-1)"));
  EXPECT_THAT(MemoryEffects(plan, {{256, 1024}, true}, kConfigured),
              ElementsAre("will set memory of chameleon to 256, then 1024 MB; "
                          "--memory-size keep leaves it (us-west-1, "
                          "http://localhost:4566)",
                          HasSubstr("will set memory of g to 512 MB;")));
  EXPECT_THAT(
      MemoryEffects(PlanOf({Invoking("a", "f", "moto:5000")}), {}, kAws),
      ElementsAre(HasSubstr("(us-west-1, http://moto:5000)")));
  EXPECT_THAT(MemoryEffects(plan, {{}, true}, kAws), IsEmpty());
  EXPECT_THAT(MemoryEffects(PlanOf({Instance("a", "a/b")}), {}, kAws),
              IsEmpty());
}

TEST(MemoryEffectsTest, SayWhichFunctionsKeepTheirSize) {
  const Plan plan = PlanOf({Instance("a", "f:live"), Instance("b", "g"),
                            Instance("c", "f:live"), Instance("d", "f:7")});
  EXPECT_THAT(MemoryEffects(plan, {}, kAws),
              ElementsAre(HasSubstr("will set memory of g to 128 MB"),
                          "leaves the memory of \"f:live\", \"f:7\", as a "
                          "version or alias keeps its size"));
  EXPECT_THAT(MemoryEffects(plan, {{}, true}, kAws), IsEmpty());
}

TEST(MemoryEffectsTest, ManyFunctionsAreCounted) {
  std::vector<InstancePlan> instances;
  for (int i = 0; i < 12; ++i) {
    instances.push_back(Instance(std::to_string(i), "f" + std::to_string(i)));
  }
  const auto lines = MemoryEffects(PlanOf(instances), {}, kAws);
  ASSERT_EQ(lines.size(), 11u);
  EXPECT_EQ(lines.back(), "... and of 2 more functions");
  instances.resize(10);
  EXPECT_EQ(MemoryEffects(PlanOf(instances), {}, kAws).size(), 10u);
}

}  // namespace
}  // namespace invocator
