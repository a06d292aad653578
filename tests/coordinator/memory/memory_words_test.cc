// What MemoryTuner tells people about a size that is not restored.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "coordinator/memory/memory_tuner.h"
#include "coordinator/memory/restore_command.h"
#include "tests/support/fake_lambda.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

const MemoryTarget kF{{"f", "us-west-1"}, 256};
const MemoryTarget kG{{"g", "us-west-1"}, 256};
constexpr char kRestore[] = "invocator restore-memory out --profile load";
constexpr char kByHand[] =
    "aws lambda update-function-configuration --function-name f --region "
    "us-west-1 --memory-size 512 --endpoint-url http://moto:5000 --profile "
    "load";

class MemoryWordsTest : public ::testing::Test {
 protected:
  MemoryWordsTest() {
    lambda_.functions["f"].memory_mb = 512;
    lambda_.functions["g"].memory_mb = 1024;
    held_ = *tuner_.Set({kF, kG});
    said_.clear();
  }

  std::string End(bool restore = true) {
    std::vector<MemoryOverlap> overlaps;
    return std::string(tuner_.End(held_, restore, overlaps).message());
  }
  std::string Restore() { return std::string(tuner_.Restore().message()); }

  FakeLambda lambda_;
  TempDir dir_;
  MemoryJournal journal_{dir_.path(), "http://moto:5000"};
  LambdaClient client_{lambda_.System(), "http://moto:5000"};
  RestoreOptions undo_ = {"out", /*endpoint_url=*/"", {}, /*profile=*/"load"};
  std::vector<std::string> said_;
  MemoryTuner tuner_{client_, journal_,
                     [this](const std::string& line) { said_.push_back(line); },
                     undo_};
  std::vector<HeldMemory> held_;
};

TEST_F(MemoryWordsTest, ASizeThatNobodyKnowsIsSetByHand) {
  lambda_.Change("f", 2048);
  EXPECT_THAT(Restore(),
              AllOf(HasSubstr("somebody else changed it"), EndsWith(kByHand),
                    Not(HasSubstr("restore-memory"))));
  EXPECT_FALSE(tuner_.CanTryAgain()) << "it would be refused again";
}

TEST_F(MemoryWordsTest, AtTheEndBothWaysBackAreNamed) {
  lambda_.Change("f", 2048);
  EXPECT_THAT(End(), EndsWith(absl::StrCat(
                         "; to restore it once nobody else uses it: ", kRestore,
                         " (if it has 256 MB again by then), or ", kByHand)));
  EXPECT_FALSE(tuner_.CanTryAgain());
}

TEST_F(MemoryWordsTest, AKnownSizeIsRestoredByTheProgram) {
  held_.pop_back();  // g
  for (const uint32_t now_mb : {256u, 512u}) {
    lambda_.Change("f", now_mb);
    EXPECT_THAT(End(),
                EndsWith(absl::StrCat("once nobody else uses it: ", kRestore)));
  }
}

TEST_F(MemoryWordsTest, WhoeverWantsNoRestoringGetsNoAdviceOnIt) {
  lambda_.Change("f", 2048);
  EXPECT_THAT(End(/*restore=*/false), EndsWith("Before the run it had 512 MB"));
  EXPECT_FALSE(tuner_.CanTryAgain());
  lambda_.functions.erase("g");
  End(/*restore=*/false);
  EXPECT_FALSE(tuner_.CanTryAgain());
}

TEST_F(MemoryWordsTest, AnotherFailureMayBeTriedAgainAndBothAreTold) {
  lambda_.Change("g", 2048);
  lambda_.functions.erase("f");
  EXPECT_THAT(Restore(), HasSubstr("g (us-west-1) is 2048 MB now"));
  EXPECT_THAT(said_, ElementsAre(AllOf(HasSubstr("invocator: "),
                                       HasSubstr("of f (us-west-1): 404"))));
  EXPECT_TRUE(tuner_.CanTryAgain());
}

TEST_F(MemoryWordsTest, WhatIsRestoredNeedsNoWords) {
  EXPECT_EQ(End(), "");
  EXPECT_FALSE(tuner_.CanTryAgain());
  EXPECT_THAT(said_, ElementsAre("memory of g (us-west-1) is back at 1024 MB",
                                 "memory of f (us-west-1) is back at 512 MB"));
}

TEST(RestoreCommandTest, TheAwsCliGetsItsOptionsAsAShellWantsThem) {
  RestoreOptions options;
  const LambdaFunction own = {"f", "us-west-1", "http://own:1/x"};
  EXPECT_EQ(AwsCommandLine(options, {"f", "us-west-1"}, "", 512),
            "aws lambda update-function-configuration --function-name f "
            "--region us-west-1 --memory-size 512");
  options.profile = "some body's";
  options.target.ca_file = "ca.pem";
  EXPECT_EQ(AwsCommandLine(options, own, "http://moto:5000", 512),
            "aws lambda update-function-configuration --function-name f "
            "--region us-west-1 --memory-size 512 --endpoint-url "
            "http://own:1/x --profile 'some body'\\''s' --ca-bundle ca.pem");
}

}  // namespace
}  // namespace invocator
