#include "coordinator/memory_size.h"

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
  EXPECT_THAT(ParseMemorySize("keep")->sizes_mb, IsEmpty());
  EXPECT_THAT(MemorySizeOption().sizes_mb, ElementsAre(128));
}

TEST(MemorySizeTest, WrongSizesAreNamed) {
  for (const char* text :
       {"", "127", "0", "-128", "+128", "32769", "99999999999999999999", "128,",
        ",128", "128,128", "128.5", "128MB", "1e3", "Keep", "128,keep"}) {
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
  for (const char* application : {"f:live", "f:7", "my function", "a/b"}) {
    const auto targets =
        MemoryTargets(PlanOf({Instance("a", application)}), 128);
    EXPECT_TRUE(absl::IsInvalidArgument(targets.status())) << application;
    const std::string words(targets.status().message());
    EXPECT_THAT(words, HasSubstr(application));
    EXPECT_THAT(words, HasSubstr("--memory-size keep"));
  }
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
  EXPECT_TRUE(absl::IsInvalidArgument(
      SeriesWarning(PlanOf({Instance("a", "")}), kSizes).status()));
  // One size compares nothing anyway.
  EXPECT_EQ(*SeriesWarning(fixed, {{128}}), "");
  EXPECT_EQ(*SeriesWarning(fixed, {{}}), "");
}

}  // namespace
}  // namespace invocator
