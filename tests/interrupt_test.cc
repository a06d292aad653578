#include "common/interrupt.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

namespace invocator {
namespace {

// Each in a process of its own: counting cannot be undone.

void Tell() { std::_Exit(100 + Interrupts()); }

TEST(InterruptDeathTest, EveryKindIsCountedAndEndsNothing) {
  EXPECT_EXIT(
      {
        CountInterrupts();
        for (int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) raise(number);
        raise(SIGINT);
        std::_Exit(Interrupts());
      },
      testing::ExitedWithCode(5), "");
}

TEST(InterruptDeathTest, UntilThenASignalEndsTheProcess) {
  for (int number : {SIGINT, SIGTERM, SIGHUP}) {
    EXPECT_EXIT(raise(number), testing::KilledBySignal(number), "");
  }
}

TEST(InterruptDeathTest, WhatWasIgnoredAtTheStartStaysIgnored) {
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

TEST(InterruptDeathTest, TheCallbackComesAfterTheCount) {
  EXPECT_EXIT(
      {
        CountInterrupts(Tell);
        raise(SIGHUP);
      },
      testing::ExitedWithCode(101), "");
}

TEST(InterruptDeathTest, OnlyTheFirstCallCounts) {
  EXPECT_EXIT(
      {
        CountInterrupts();
        CountInterrupts(Tell);
        raise(SIGTERM);
        std::_Exit(Interrupts());
      },
      testing::ExitedWithCode(1), "");
}

TEST(InterruptDeathTest, ErrnoIsLeftAlone) {
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
