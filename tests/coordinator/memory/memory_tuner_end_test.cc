// The end of a run whose functions somebody else may have changed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "coordinator/memory/memory_tuner.h"
#include "tests/support/memory_tuner_fixture.h"

namespace invocator {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class MemoryTunerEndTest : public MemoryTunerFixture {};

TEST_F(MemoryTunerEndTest, EndRestoresWhatNobodyElseTouched) {
  lambda_.functions["g"].memory_mb = 256;
  ASSERT_TRUE(Set({kF, kG}).ok());
  const absl::Status status = End();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(Memory("f"), 512u);
  EXPECT_EQ(Memory("g"), 256u);
  EXPECT_TRUE(Settled("f"));
  EXPECT_THAT(overlaps_, IsEmpty());
  EXPECT_THAT(StatesOnDisk(), ElementsAre(State::kRestored));
  EXPECT_EQ(said_.back(), "memory of f (us-west-1) is back at 512 MB");
}

TEST_F(MemoryTunerEndTest, EndWithoutRestoringOnlyLooks) {
  ASSERT_TRUE(Set({kF}).ok());
  lambda_.calls.clear();
  ASSERT_TRUE(End(/*restore=*/false).ok());
  EXPECT_THAT(lambda_.calls, ElementsAre("GET f"));
  EXPECT_EQ(Memory("f"), 256u);
  EXPECT_THAT(StatesOnDisk(), ElementsAre(State::kChanged));
  lambda_.Change("f", 256);
  EXPECT_TRUE(absl::IsFailedPrecondition(End(/*restore=*/false)));
  EXPECT_EQ(overlaps_.size(), 1u);
}

TEST_F(MemoryTunerEndTest, EndWritesNothingOverWhatSomebodyElseChanged) {
  ASSERT_TRUE(Set({kF, kG}).ok());
  lambda_.Change("f", 1024);
  lambda_.calls.clear();
  const absl::Status status = End();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("memory of f (us-west-1) was not 256 MB "
                              "throughout"),
                    HasSubstr("it has 1024 MB now"),
                    HasSubstr("Before the run it had 512 MB"),
                    HasSubstr("--memory-size 512")));
  ASSERT_EQ(overlaps_.size(), 1u);
  EXPECT_EQ(overlaps_[0].function, kF.function);
  EXPECT_EQ(overlaps_[0].set_mb, 256u);
  EXPECT_EQ(overlaps_[0].found_mb, 1024u);
  EXPECT_EQ(Memory("f"), 1024u);
  EXPECT_EQ(Memory("g"), 1024u) << "the others are restored";
  EXPECT_THAT(lambda_.calls, Not(Contains(HasSubstr("PUT f"))));
  EXPECT_THAT(StatesOnDisk(), ElementsAre(State::kChanged, State::kRestored));
}

TEST_F(MemoryTunerEndTest, EndKnowsAnotherRunThatHasComeAndGone) {
  // The size is the run's again; the revision tells.
  ASSERT_TRUE(Set({kF}).ok());
  lambda_.Change("f", 1024);
  lambda_.Change("f", 256);
  EXPECT_TRUE(absl::IsFailedPrecondition(End()));
  EXPECT_EQ(Memory("f"), 256u);
  EXPECT_EQ(overlaps_[0].found_mb, 256u);
  EXPECT_THAT(StatesOnDisk(), ElementsAre(State::kChanged));
  ASSERT_TRUE(RestoreFromDisk().ok());
  EXPECT_EQ(Memory("f"), 512u);
}

TEST_F(MemoryTunerEndTest, EndLooksAtWhatWasNotChangedAsWell) {
  lambda_.functions["f"].memory_mb = 256;
  ASSERT_TRUE(Set({kF}).ok());
  lambda_.Change("f", 128);
  const absl::Status status = End();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("not 256 MB throughout"),
                    HasSubstr("Before the run it had 256 MB")));
  EXPECT_EQ(Memory("f"), 128u);
  EXPECT_EQ(overlaps_[0].found_mb, 128u);
}

TEST_F(MemoryTunerEndTest,
       OriginalSizeThatSomebodyElseSetIsNotTakenForRestored) {
  ASSERT_TRUE(Set({kF}).ok());
  lambda_.Change("f", 512);  // a run that will put back our 256 when it ends
  EXPECT_TRUE(absl::IsFailedPrecondition(End()));
  EXPECT_THAT(StatesOnDisk(), ElementsAre(State::kChanged));
  lambda_.Change("f", 256);
  ASSERT_TRUE(RestoreFromDisk().ok());
  EXPECT_EQ(Memory("f"), 512u);
}

TEST_F(MemoryTunerEndTest, WhoComesBetweenLookingAndRestoringIsNotWrittenOver) {
  ASSERT_TRUE(Set({kF}).ok());
  bool came_between = false;
  lambda_.on_call = [&](const std::string& call) {
    if (call == "PUT f 512" && !std::exchange(came_between, true)) {
      lambda_.Change("f", 1024);
    }
  };
  EXPECT_TRUE(absl::IsFailedPrecondition(End()));
  EXPECT_TRUE(came_between);
  EXPECT_EQ(Memory("f"), 1024u);
  EXPECT_EQ(overlaps_.size(), 1u);
  EXPECT_THAT(StatesOnDisk(), ElementsAre(State::kChanged));
}

TEST_F(MemoryTunerEndTest, RestoringWhoseAnswerIsLostIsNobodyElses) {
  ASSERT_TRUE(Set({kF}).ok());
  bool is_lost = false;
  lambda_.on_call = [&](const std::string& call) {
    if (call != "PUT f 512" || std::exchange(is_lost, true)) return;
    lambda_.Change("f", 512);
    lambda_.next = {absl::UnavailableError("cut")};
  };
  const absl::Status status = End();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(Memory("f"), 512u);
  EXPECT_THAT(overlaps_, IsEmpty());
  EXPECT_THAT(StatesOnDisk(), ElementsAre(State::kRestored));
}

TEST_F(MemoryTunerEndTest, EndGoesOnAfterAnError) {
  ASSERT_TRUE(Set({kF, kG}).ok());
  lambda_.functions.erase("g");
  EXPECT_TRUE(absl::IsNotFound(End()));
  EXPECT_EQ(Memory("f"), 512u);
  EXPECT_THAT(StatesOnDisk(), ElementsAre(State::kRestored, State::kChanged));
}

TEST_F(MemoryTunerEndTest, RevisionsThatMoveByThemselvesAreNoOverlap) {
  HeldMemory held = {kF, "r1"};
  FunctionConfiguration found;
  found.memory_mb = 256;
  found.revision = "r1";
  EXPECT_FALSE(held.DiffersFrom(found));
  found.revision = "r2";
  EXPECT_TRUE(held.DiffersFrom(found));
  found.revision = "";
  EXPECT_FALSE(held.DiffersFrom(found)) << "a stand-in that tells none";
  held.revision = "";
  found.revision = "r2";
  EXPECT_FALSE(held.DiffersFrom(found)) << "of a function that was inactive";
  found.memory_mb = 255;
  EXPECT_TRUE(held.DiffersFrom(found));
}

TEST_F(MemoryTunerEndTest, AnInactiveFunctionIsHeldByItsSizeAlone) {
  lambda_.functions["f"] = Sized(256);
  lambda_.functions["f"].state = "Inactive";
  ASSERT_TRUE(Set({kF}).ok());
  EXPECT_EQ(held_[0].revision, "");
  lambda_.functions["f"].state = "Active";
  lambda_.Change("f", 256);  // as a call makes it active
  EXPECT_TRUE(End().ok());
  lambda_.functions["f"].state = "Active";
  ASSERT_TRUE(Set({kF}).ok());
  EXPECT_NE(held_[0].revision, "");
}

}  // namespace
}  // namespace invocator
