#include "common/process/child_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

absl::StatusOr<std::string> RunProgram(std::vector<std::string> arguments) {
  ChildProcess child;
  child.arguments = std::move(arguments);
  child.timeout = absl::Seconds(10);
  return RunChildProcess(child);
}

absl::StatusOr<std::string> RunShell(const std::string& script) {
  return RunProgram({"sh", "-c", script});
}

TEST(ChildProcessTest, OutputIsReturnedAsItIs) {
  EXPECT_EQ(*RunShell("printf 'a\\n\\0b'"), std::string("a\n\0b", 4));
  EXPECT_EQ(*RunProgram({"true"}), "");
}

TEST(ChildProcessTest, ArgumentsArePassedWithoutAShell) {
  EXPECT_EQ(*RunProgram({"printf", "%s|", "$HOME", "a b", "", "; echo"}),
            "$HOME|a b||; echo|");
}

TEST(ChildProcessTest, TheEnvironmentIsOurs) {
  setenv("INVOCATOR_CHILD_TEST", "here", 1);
  EXPECT_EQ(*RunShell("printf $INVOCATOR_CHILD_TEST"), "here");
  unsetenv("INVOCATOR_CHILD_TEST");
}

TEST(ChildProcessTest, InputIsEmptyAndOurFilesAreClosed) {
  EXPECT_EQ(*RunProgram({"cat"}), "");
  const std::ifstream held("/dev/null");
  // 3 is the folder that ls itself opens.
  EXPECT_EQ(*RunShell("ls /proc/self/fd | tr '\\n' ' '"), "0 1 2 3 ");
}

TEST(ChildProcessTest, AnotherEndingIsAnErrorThatNamesTheProgramAlone) {
  const auto failed = RunShell("echo hush; exit 3");
  EXPECT_EQ(failed.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(
      std::string(failed.status().message()),
      AllOf(HasSubstr("sh ended with status 3"), Not(HasSubstr("hush"))));
  EXPECT_THAT(std::string(RunShell("kill -9 $$").status().message()),
              HasSubstr("signal 9"));
}

TEST(ChildProcessTest, WhatCannotBeStartedIsAnError) {
  EXPECT_EQ(RunProgram({"/nowhere/at-all", "hush"}).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_FALSE(RunProgram({"/"}).ok());
  EXPECT_FALSE(RunProgram({""}).ok());
  EXPECT_FALSE(RunProgram({}).ok());
}

TEST(ChildProcessTest, TooMuchOutputIsAnError) {
  ChildProcess child;
  child.arguments = {"yes"};
  EXPECT_EQ(RunChildProcess(child).status().code(),
            absl::StatusCode::kResourceExhausted);
}

// The process ids that a script wrote.
bool IsGone(const std::string& file) {
  int pid = 0;
  std::string text;
  std::getline(std::ifstream(file), text);
  EXPECT_TRUE(absl::SimpleAtoi(text, &pid)) << text;
  for (int i = 0; i < 1'000; ++i) {  // until whoever adopts it has reaped it
    if (kill(pid, 0) != 0) return true;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return false;
}

TEST(ChildProcessTest, ATimeoutKillsItAndWhatItStarted) {
  const TempDir dir;
  ChildProcess child;
  child.arguments = {"sh", "-c",
                     "sleep 60 & echo $! > " + dir.Path("pid") + "; wait"};
  child.timeout = absl::Milliseconds(300);
  EXPECT_EQ(RunChildProcess(child).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(IsGone(dir.Path("pid")));
}

TEST(ChildProcessTest, OneThatClosesItsOutputAndStaysIsKilledToo) {
  ChildProcess child;
  child.arguments = {"sh", "-c", "exec >&-; sleep 60"};
  child.timeout = absl::Milliseconds(100);
  EXPECT_EQ(RunChildProcess(child).status().code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST(ChildProcessTest, WhoGivesUpNeedNotWaitForItsEnd) {
  ChildProcess child;
  child.arguments = {"sleep", "60"};
  child.give_up = [] { return true; };
  EXPECT_EQ(RunChildProcess(child).status().code(),
            absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace invocator
