#include "common/interrupt.h"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <utility>

namespace invocator {
namespace {

// Each in a process of its own: counting cannot be undone. Signals are as at
// the start of a program; a shell's background job inherits some as ignored.
class InterruptDeathTest : public testing::Test {
 protected:
  ~InterruptDeathTest() override {
    for (const auto& [number, before] : before_) std::signal(number, before);
  }

 private:
  using Before = std::pair<int, void (*)(int)>;
  static Before Reset(int number) {
    return {number, std::signal(number, SIG_DFL)};
  }
  const std::array<Before, 4> before_ = {Reset(SIGINT), Reset(SIGTERM),
                                         Reset(SIGHUP), Reset(SIGQUIT)};
};

void Tell() { std::_Exit(100 + Interrupts()); }

TEST_F(InterruptDeathTest, EveryKindIsCountedAndEndsNothing) {
  EXPECT_EXIT(
      {
        CountInterrupts();
        for (int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2,
                           SIGALRM, SIGXCPU}) {
          raise(number);
        }
        raise(SIGINT);
        std::_Exit(Interrupts());
      },
      testing::ExitedWithCode(9), "");
}

TEST_F(InterruptDeathTest, UntilThenASignalEndsTheProcess) {
  for (int number : {SIGINT, SIGTERM, SIGHUP}) {
    EXPECT_EXIT(raise(number), testing::KilledBySignal(number), "");
  }
}

TEST_F(InterruptDeathTest, WhatWasIgnoredAtTheStartStaysIgnored) {
  for (int ignored : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    EXPECT_EXIT(
        {
          std::signal(ignored, SIG_IGN);
          CountInterrupts();
          for (int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) raise(number);
          std::_Exit(Interrupts());
        },
        testing::ExitedWithCode(3), "");
  }
}

TEST_F(InterruptDeathTest, TheCallbackComesAfterTheCount) {
  EXPECT_EXIT(
      {
        CountInterrupts(Tell);
        raise(SIGHUP);
      },
      testing::ExitedWithCode(101), "");
}

TEST_F(InterruptDeathTest, OnlyTheFirstCallCounts) {
  EXPECT_EXIT(
      {
        CountInterrupts();
        CountInterrupts(Tell);
        raise(SIGTERM);
        std::_Exit(Interrupts());
      },
      testing::ExitedWithCode(1), "");
}

TEST_F(InterruptDeathTest, ErrnoIsLeftAlone) {
  EXPECT_EXIT(
      {
        CountInterrupts([] { errno = EBADF; });
        errno = 0;
        raise(SIGTERM);
        std::_Exit(errno);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace invocator
