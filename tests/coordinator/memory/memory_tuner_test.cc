#include "coordinator/memory/memory_tuner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/support/fake_lambda.h"
#include "tests/support/memory_tuner_fixture.h"

namespace invocator {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class MemoryTunerTest : public MemoryTunerFixture {};

TEST_F(MemoryTunerTest, SetsWaitsAndRestores) {
  ASSERT_TRUE(Set({kF, kG}).ok());
  EXPECT_EQ(Memory("f"), 256u);
  EXPECT_EQ(Memory("g"), 256u);
  EXPECT_TRUE(Settled("f"));
  EXPECT_TRUE(Settled("g"));
  ASSERT_TRUE(Restore().ok());
  EXPECT_EQ(Memory("f"), 512u);
  EXPECT_EQ(Memory("g"), 1024u);
  EXPECT_TRUE(Settled("f"));
  EXPECT_TRUE(Settled("g"));
  EXPECT_THAT(StatesOnDisk(), ElementsAre(State::kRestored, State::kRestored));
  EXPECT_THAT(said_, ElementsAre("memory of f (us-west-1): 512 MB -> 256 MB",
                                 "memory of g (us-west-1): 1024 MB -> 256 MB",
                                 "memory of g (us-west-1) is back at 1024 MB",
                                 "memory of f (us-west-1) is back at 512 MB"));
}

TEST_F(MemoryTunerTest, FunctionsThatHaveTheirSizeAreLeftAlone) {
  lambda_.functions["f"].memory_mb = 256;
  ASSERT_TRUE(Set({kF}).ok());
  EXPECT_THAT(lambda_.calls, ElementsAre("GET f"));
  EXPECT_TRUE(journal_.changes().empty());
  EXPECT_TRUE(absl::IsNotFound(MemoryJournal::Read(dir_.path()).status()));
}

TEST_F(MemoryTunerTest, UpdatesRunSideBySide) {
  ASSERT_TRUE(Set({kF, kG}).ok());
  EXPECT_LE(lambda_.now_ns, 1'000'000'000 + 4'000'000'000);
}

TEST_F(MemoryTunerTest, NothingIsChangedUnlessEveryFunctionCanBeRead) {
  const absl::Status status = Set({kF, {{"absent", "us-west-1"}, 256}});
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("absent (us-west-1): 404 ResourceNotFoundException"));
  EXPECT_EQ(Memory("f"), 512u);
  EXPECT_THAT(lambda_.calls, ElementsAre("GET f", "GET absent"));
}

TEST_F(MemoryTunerTest, FirstIsRestoredWhenTheSecondIsRefused) {
  lambda_.on_call = [this](const std::string& call) {
    if (call == "PUT g 256") {
      lambda_.next = {AwsError(403, "AccessDeniedException", "not you")};
    }
  };
  EXPECT_TRUE(absl::IsPermissionDenied(Set({kF, kG})));
  EXPECT_EQ(Memory("f"), 256u);
  ASSERT_TRUE(Restore().ok());
  EXPECT_EQ(Memory("f"), 512u);
  EXPECT_EQ(Memory("g"), 1024u);
  EXPECT_THAT(StatesOnDisk(), ElementsAre(State::kRestored, State::kRestored));
  EXPECT_THAT(lambda_.calls, Not(Contains("PUT g 1024")));
}

TEST_F(MemoryTunerTest, WhatCameBetweenIsWhatItIsRestoredTo) {
  bool came_between = false;
  lambda_.on_call = [&](const std::string& call) {
    if (call == "PUT f 256" && !std::exchange(came_between, true)) {
      lambda_.Change("f", 3008);
    }
  };
  ASSERT_TRUE(Set({kF}).ok());
  EXPECT_EQ(Memory("f"), 256u);
  EXPECT_THAT(said_, ElementsAre("memory of f (us-west-1): 512 MB -> 256 MB",
                                 "memory of f (us-west-1): 3008 MB -> 256 MB"));
  ASSERT_TRUE(RestoreFromDisk().ok());
  EXPECT_EQ(Memory("f"), 3008u);
}

TEST_F(MemoryTunerTest, FunctionOfAnotherAccountIsNotTakenForIt) {
  ASSERT_TRUE(Set({kF}).ok());
  lambda_.account = "999999999999";
  const absl::Status status = RestoreFromDisk();
  EXPECT_TRUE(absl::IsPermissionDenied(status));
  for (const char* words :
       {"memory.json: functions[0].function_arn: f (us-west-1) is "
        "arn:aws:lambda:us-west-1:999999999999:function:f of account "
        "999999999999",
        "expected arn:aws:lambda:us-west-1:123456789012:function:f of account "
        "123456789012"}) {
    EXPECT_THAT(std::string(status.message()), HasSubstr(words));
  }
  EXPECT_EQ(Memory("f"), 256u);
  EXPECT_THAT(StatesOnDisk(), ElementsAre(State::kChanged));
  lambda_.account = "123456789012";
  ASSERT_TRUE(RestoreFromDisk().ok());
  EXPECT_EQ(Memory("f"), 512u);
}

TEST_F(MemoryTunerTest, GivenUpWhileWaitingIsRestoredAfterwards) {
  lambda_.give_up_ns = lambda_.now_ns + 500'000'000;
  EXPECT_TRUE(absl::IsCancelled(Set({kF, kG})));
  EXPECT_FALSE(Settled("f"));
  lambda_.give_up_ns = INT64_MAX;
  // The update in progress is waited out first.
  ASSERT_TRUE(Restore().ok());
  EXPECT_EQ(Memory("f"), 512u);
  EXPECT_EQ(Memory("g"), 1024u);
}

TEST_F(MemoryTunerTest, RestoringGoesOnAfterAnError) {
  ASSERT_TRUE(Set({kF, kG}).ok());
  lambda_.functions.erase("g");
  const absl::Status status = Restore();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_EQ(Memory("f"), 512u);
  EXPECT_THAT(StatesOnDisk(), ElementsAre(State::kRestored, State::kChanged));
}

TEST_F(MemoryTunerTest, WhatSomebodyElseChangedIsLeftAndStaysToBeRestored) {
  ASSERT_TRUE(Set({kF, kG}).ok());
  lambda_.Change("f", 2048);
  lambda_.Change("g", 1024);  // already what it was
  const absl::Status status = Restore();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_EQ(Memory("f"), 2048u);
  EXPECT_THAT(StatesOnDisk(), ElementsAre(State::kChanged, State::kRestored));
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("f (us-west-1) is 2048 MB now, neither the "
                              "256 MB of the run nor the 512 MB"),
                    HasSubstr("--function-name f --region us-west-1 "
                              "--memory-size 512")));
  EXPECT_EQ(said_[2], "memory of g (us-west-1) is back at 1024 MB");
  // Whoever it was has ended, and left the run's size.
  lambda_.Change("f", 256);
  ASSERT_TRUE(RestoreFromDisk().ok());
  EXPECT_EQ(Memory("f"), 512u);
}

TEST_F(MemoryTunerTest, RestoringTwiceChangesNothing) {
  ASSERT_TRUE(Set({kF}).ok());
  ASSERT_TRUE(Restore().ok());
  lambda_.calls.clear();
  ASSERT_TRUE(Restore().ok());
  ASSERT_TRUE(RestoreFromDisk().ok());
  EXPECT_THAT(lambda_.calls, IsEmpty());
}

TEST_F(MemoryTunerTest, ARestoringThatFailedIsTriedAgain) {
  ASSERT_TRUE(Set({kF}).ok());
  lambda_.functions["f"].failure = "no room";
  EXPECT_THAT(std::string(Restore().message()), HasSubstr("no room"));
  lambda_.on_call = [this](const std::string& call) {
    if (absl::StartsWith(call, "PUT")) lambda_.functions["f"].failure.clear();
  };
  const absl::Status again = Restore();
  EXPECT_TRUE(again.ok()) << again;
  EXPECT_EQ(Memory("f"), 512u);
  EXPECT_THAT(StatesOnDisk(), ElementsAre(State::kRestored));
}

TEST_F(MemoryTunerTest, WhatHasItsSizeNeedsNoUpdateThatWentWell) {
  lambda_.functions["f"] = Sized(256);
  lambda_.functions["f"].failure = "somebody else's";
  const absl::Status set = Set({kF});
  EXPECT_TRUE(set.ok()) << set;
}

TEST_F(MemoryTunerTest, OneFunctionOfTwoNamesCannotHaveTwoSizes) {
  const std::string arn = "arn:aws:lambda:us-west-1:123456789012:function:f";
  HttpResponse same;
  same.status = 200;
  same.body = absl::StrCat(R"({"MemorySize":512,"FunctionArn":")", arn, "\"}");
  lambda_.next = {same, same};
  const absl::Status status = Set({kF, {{arn, "us-west-1"}, 128}});
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("256 MB"), HasSubstr("128 MB")));
  EXPECT_THAT(lambda_.calls, Not(Contains(HasSubstr("PUT"))));
}

}  // namespace
}  // namespace invocator
