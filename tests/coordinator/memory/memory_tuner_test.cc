#include "coordinator/memory/memory_tuner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/support/fake_lambda.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using State = MemoryChange::State;

const MemoryTarget kF{{"f", "us-west-1"}, 256};
const MemoryTarget kG{{"g", "us-west-1"}, 256};

FakeLambda::Function Sized(uint32_t memory_mb) {
  FakeLambda::Function function;
  function.memory_mb = memory_mb;
  return function;
}

class MemoryTunerTest : public ::testing::Test {
 protected:
  MemoryTunerTest() {
    lambda_.functions["f"] = Sized(512);
    lambda_.functions["g"] = Sized(1024);
    lambda_.update_delay = absl::Seconds(2);
  }

  absl::Status Set(const std::vector<MemoryTarget>& targets) {
    LambdaClient client(lambda_.System(), "");
    auto held = MemoryTuner(client, journal_, Say()).Set(targets);
    if (held.ok()) held_ = *held;
    return held.status();
  }
  // The end of the run that has set them.
  absl::Status End(bool restore = true) {
    LambdaClient client(lambda_.System(), "");
    return MemoryTuner(client, journal_, Say()).End(held_, restore, overlaps_);
  }
  absl::Status Restore() {
    LambdaClient client(lambda_.System(), "");
    return MemoryTuner(client, journal_, Say()).Restore();
  }
  // As `invocator restore-memory` does after a crash.
  absl::Status RestoreFromDisk() {
    auto journal = MemoryJournal::Read(dir_.path());
    if (!journal.ok()) return journal.status();
    LambdaClient client(lambda_.System(), "");
    return MemoryTuner(client, *journal, Say()).Restore();
  }

  uint32_t Memory(const std::string& name) {
    return lambda_.functions[name].memory_mb;
  }
  std::vector<State> StatesOnDisk() const {
    std::vector<State> states;
    const auto journal = MemoryJournal::Read(dir_.path());
    for (const MemoryChange& change : journal->changes()) {
      states.push_back(change.state);
    }
    return states;
  }
  bool Settled(const std::string& name) {
    return lambda_.now_ns >= lambda_.functions[name].busy_until_ns;
  }

  struct Crash {};
  // A process that is no more before that call has arrived. Returns the call.
  HttpRequest CrashAt(const std::string& fatal) {
    lambda_.on_call = [fatal](const std::string& call) {
      if (call == fatal) throw Crash();
    };
    EXPECT_THROW(Set({kF}).IgnoreError(), Crash);
    lambda_.on_call = nullptr;
    return lambda_.requests.back();
  }

  FakeLambda lambda_;
  TempDir dir_;
  MemoryJournal journal_{dir_.path(), ""};
  std::vector<HeldMemory> held_;
  std::vector<MemoryOverlap> overlaps_;
  std::vector<std::string> said_;

 private:
  std::function<void(const std::string&)> Say() {
    return [this](const std::string& line) { said_.push_back(line); };
  }
};

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

TEST_F(MemoryTunerTest, EveryChangeIsOnDiskBeforeItIsMade) {
  lambda_.on_call = [this](const std::string& call) {
    if (!absl::StartsWith(call, "PUT")) return;
    const auto journal = MemoryJournal::Read(dir_.path());
    ASSERT_TRUE(journal.ok()) << call << ": " << journal.status();
    EXPECT_EQ(journal->changes().back().function.name, call.substr(4, 1));
  };
  ASSERT_TRUE(Set({kF, kG}).ok());
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

TEST_F(MemoryTunerTest, ChangeWhoseAnswerIsLostIsRestored) {
  lambda_.on_call = [this](const std::string& call) {
    // The function is changed, but nobody hears of it.
    if (call != "PUT f 256") return;
    lambda_.Change("f", 256);
    lambda_.next = {absl::InvalidArgumentError("cut")};
  };
  EXPECT_FALSE(Set({kF}).ok());
  EXPECT_THAT(StatesOnDisk(), ElementsAre(State::kChanging));
  EXPECT_TRUE(RestoreFromDisk().ok());
  EXPECT_EQ(Memory("f"), 512u);
}

TEST_F(MemoryTunerTest, ChangeWhoseAnswerIsLostIsNotMadeTwice) {
  bool is_lost = false;
  lambda_.on_call = [&](const std::string& call) {
    if (call != "PUT f 256" || std::exchange(is_lost, true)) return;
    lambda_.Change("f", 256);
    lambda_.next = {absl::UnavailableError("cut")};
  };
  ASSERT_TRUE(Set({kF}).ok());
  EXPECT_THAT(StatesOnDisk(), ElementsAre(State::kChanged));
  EXPECT_EQ(lambda_.functions["f"].changes, 1);
  ASSERT_TRUE(Restore().ok());
  EXPECT_EQ(Memory("f"), 512u);
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

TEST_F(MemoryTunerTest, LateChangeThatComesWithTheRestoringIsUndone) {
  const HttpRequest late = CrashAt("PUT f 256");
  bool has_come = false;
  lambda_.on_call = [&](const std::string& call) {
    if (call == "PUT f 512" && !std::exchange(has_come, true)) {
      ASSERT_EQ(lambda_.System().fetch(late)->status, 200);
    }
  };
  ASSERT_TRUE(RestoreFromDisk().ok());
  EXPECT_TRUE(has_come);
  EXPECT_EQ(Memory("f"), 512u);
  EXPECT_TRUE(Settled("f"));
  EXPECT_THAT(StatesOnDisk(), ElementsAre(State::kRestored));
}

TEST_F(MemoryTunerTest, LateChangeThatComesAfterTheRestoringIsRefused) {
  const HttpRequest late = CrashAt("PUT f 256");
  EXPECT_THAT(StatesOnDisk(), ElementsAre(State::kChanging));
  ASSERT_TRUE(RestoreFromDisk().ok());
  EXPECT_EQ(lambda_.System().fetch(late)->status, 412);
  EXPECT_EQ(Memory("f"), 512u);
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

TEST_F(MemoryTunerTest, CrashAtAnyCallIsUndoneFromTheDisk) {
  // How many calls an undisturbed Set makes.
  ASSERT_TRUE(Set({kF, kG}).ok());
  ASSERT_TRUE(Restore().ok());
  const size_t calls = lambda_.calls.size();
  for (size_t crash = 0; crash < calls; ++crash) {
    lambda_.functions["f"] = Sized(512);
    lambda_.functions["g"] = Sized(1024);
    lambda_.calls.clear();
    std::filesystem::remove(dir_.Path("memory.json"));
    journal_ = MemoryJournal(dir_.path(), "");
    lambda_.on_call = [&](const std::string&) {
      if (lambda_.calls.size() > crash) throw Crash();
    };
    bool crashed = false;
    try {
      Set({kF, kG}).IgnoreError();
      Restore().IgnoreError();
    } catch (const Crash&) {
      crashed = true;
    }
    lambda_.on_call = nullptr;
    const HttpRequest last = lambda_.requests.back();
    const absl::Status status = RestoreFromDisk();
    EXPECT_TRUE(status.ok() || absl::IsNotFound(status)) << crash << status;
    // It may have been sent, and come late.
    if (crashed) {
      ASSERT_TRUE(lambda_.System().fetch(last).ok());
    }
    EXPECT_EQ(Memory("f"), 512u) << "crash at call " << crash;
    EXPECT_EQ(Memory("g"), 1024u) << "crash at call " << crash;
    EXPECT_TRUE(crashed || crash >= lambda_.calls.size());
  }
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

TEST_F(MemoryTunerTest, EndRestoresWhatNobodyElseTouched) {
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

TEST_F(MemoryTunerTest, EndWithoutRestoringOnlyLooks) {
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

TEST_F(MemoryTunerTest, EndWritesNothingOverWhatSomebodyElseChanged) {
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

TEST_F(MemoryTunerTest, EndKnowsAnotherRunThatHasComeAndGone) {
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

TEST_F(MemoryTunerTest, EndLooksAtWhatWasNotChangedAsWell) {
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

TEST_F(MemoryTunerTest, OriginalSizeThatSomebodyElseSetIsNotTakenForRestored) {
  ASSERT_TRUE(Set({kF}).ok());
  lambda_.Change("f", 512);  // a run that will put back our 256 when it ends
  EXPECT_TRUE(absl::IsFailedPrecondition(End()));
  EXPECT_THAT(StatesOnDisk(), ElementsAre(State::kChanged));
  lambda_.Change("f", 256);
  ASSERT_TRUE(RestoreFromDisk().ok());
  EXPECT_EQ(Memory("f"), 512u);
}

TEST_F(MemoryTunerTest, WhoComesBetweenLookingAndRestoringIsNotWrittenOver) {
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

TEST_F(MemoryTunerTest, RestoringWhoseAnswerIsLostIsNobodyElses) {
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

TEST_F(MemoryTunerTest, EndGoesOnAfterAnError) {
  ASSERT_TRUE(Set({kF, kG}).ok());
  lambda_.functions.erase("g");
  EXPECT_TRUE(absl::IsNotFound(End()));
  EXPECT_EQ(Memory("f"), 512u);
  EXPECT_THAT(StatesOnDisk(), ElementsAre(State::kRestored, State::kChanged));
}

TEST_F(MemoryTunerTest, RevisionsThatMoveByThemselvesAreNoOverlap) {
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

TEST_F(MemoryTunerTest, AnInactiveFunctionIsHeldByItsSizeAlone) {
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

TEST_F(MemoryTunerTest, RestoringTwiceChangesNothing) {
  ASSERT_TRUE(Set({kF}).ok());
  ASSERT_TRUE(Restore().ok());
  lambda_.calls.clear();
  ASSERT_TRUE(Restore().ok());
  ASSERT_TRUE(RestoreFromDisk().ok());
  EXPECT_THAT(lambda_.calls, IsEmpty());
}

TEST_F(MemoryTunerTest, JournalThatCannotBeWrittenPreventsTheChange) {
  journal_ = MemoryJournal("/nonexistent", "");
  EXPECT_FALSE(Set({kF}).ok());
  EXPECT_EQ(Memory("f"), 512u);
  EXPECT_THAT(lambda_.calls, ElementsAre("GET f"));
}

TEST_F(MemoryTunerTest, ALostAttemptIsNotForgottenAfterAPlainRefusal) {
  int puts = 0;
  lambda_.on_call = [&](const std::string& call) {
    if (!absl::StartsWith(call, "PUT")) return;
    switch (puts++) {
      case 0:
        lambda_.next.push_back(absl::UnavailableError("connection reset"));
        break;
      case 1:
        lambda_.next.push_back(
            AwsError(409, "ResourceConflictException", "busy"));
        break;
      case 2:
        lambda_.next.push_back(AwsError(403, "AccessDeniedException", "no"));
        break;
    }
  };
  EXPECT_TRUE(absl::IsPermissionDenied(Set({kF}))) << puts;
  EXPECT_EQ(puts, 3);
  EXPECT_THAT(StatesOnDisk(), ElementsAre(State::kChanging));
  ASSERT_TRUE(Restore().ok());
  EXPECT_EQ(lambda_.calls[lambda_.calls.size() - 1], "GET f");
  EXPECT_THAT(lambda_.calls, Contains("PUT f 512"));
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
