// Crashes and lost answers: every change can be restored from the disk.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "coordinator/memory/memory_tuner.h"
#include "tests/support/memory_tuner_fixture.h"

namespace invocator {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

class MemoryTunerCrashTest : public MemoryTunerFixture {
 protected:
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
};

TEST_F(MemoryTunerCrashTest, EveryChangeIsOnDiskBeforeItIsMade) {
  lambda_.on_call = [this](const std::string& call) {
    if (!absl::StartsWith(call, "PUT")) return;
    const auto journal = MemoryJournal::Read(dir_.path());
    ASSERT_TRUE(journal.ok()) << call << ": " << journal.status();
    EXPECT_EQ(journal->changes().back().function.name, call.substr(4, 1));
  };
  ASSERT_TRUE(Set({kF, kG}).ok());
}

TEST_F(MemoryTunerCrashTest, JournalThatCannotBeWrittenPreventsTheChange) {
  journal_ = MemoryJournal("/nonexistent", "");
  EXPECT_FALSE(Set({kF}).ok());
  EXPECT_EQ(Memory("f"), 512u);
  EXPECT_THAT(lambda_.calls, ElementsAre("GET f"));
}

TEST_F(MemoryTunerCrashTest, ChangeWhoseAnswerIsLostIsRestored) {
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

TEST_F(MemoryTunerCrashTest, ChangeWhoseAnswerIsLostIsNotMadeTwice) {
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

TEST_F(MemoryTunerCrashTest, ALostAttemptIsNotForgottenAfterAPlainRefusal) {
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

TEST_F(MemoryTunerCrashTest, LateChangeThatComesWithTheRestoringIsUndone) {
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

TEST_F(MemoryTunerCrashTest, LateChangeThatComesAfterTheRestoringIsRefused) {
  const HttpRequest late = CrashAt("PUT f 256");
  EXPECT_THAT(StatesOnDisk(), ElementsAre(State::kChanging));
  ASSERT_TRUE(RestoreFromDisk().ok());
  EXPECT_EQ(lambda_.System().fetch(late)->status, 412);
  EXPECT_EQ(Memory("f"), 512u);
}

TEST_F(MemoryTunerCrashTest, CrashAtAnyCallIsUndoneFromTheDisk) {
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

}  // namespace
}  // namespace invocator
