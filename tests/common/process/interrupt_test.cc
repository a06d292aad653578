#include "common/process/interrupt.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "common/process/last_words.h"
#include "common/process/live_lines.h"
#include "tests/support/terminal.h"

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

TEST_F(InterruptDeathTest, EveryRequestIsCountedAndEndsNothing) {
  EXPECT_EXIT(
      {
        CountInterrupts();
        for (int number : {SIGINT, SIGTERM, SIGQUIT, SIGINT}) raise(number);
        std::_Exit(Interrupts());
      },
      testing::ExitedWithCode(4), "");
}

TEST_F(InterruptDeathTest, ANoticeIsNoSecondRequest) {
  for (int notice : {SIGHUP, SIGUSR1, SIGUSR2, SIGALRM, SIGXCPU}) {
    EXPECT_EXIT(
        {
          static int calls = 0;
          CountInterrupts([] { ++calls; });
          for (int number : {notice, notice, SIGHUP, SIGXCPU}) raise(number);
          std::_Exit(10 * calls + Interrupts());
        },
        testing::ExitedWithCode(11), "");
    EXPECT_EXIT(
        {
          CountInterrupts();
          for (int number : {SIGTERM, notice, SIGTERM, notice}) raise(number);
          std::_Exit(Interrupts());
        },
        testing::ExitedWithCode(2), "");
  }
}

TEST_F(InterruptDeathTest, ALaterNoticeIsASecondRequestButForTheCpuLimit) {
  for (int notice : {SIGHUP, SIGUSR1, SIGUSR2, SIGALRM, SIGXCPU}) {
    EXPECT_EXIT(
        {
          CountInterrupts();
          raise(notice);
          usleep(250'000);
          raise(notice);
          std::_Exit(Interrupts());
        },
        testing::ExitedWithCode(notice == SIGXCPU ? 1 : 2), "");
  }
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
          raise(ignored);
          std::_Exit(Interrupts());
        },
        testing::ExitedWithCode(0), "");
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

// Three seconds pass, in which nobody asks.
void BeStuck() { sleep(3); }

TEST_F(InterruptDeathTest, BeforeTheyAreCountedOneEndsInWords) {
  for (int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1}) {
    EXPECT_EXIT(
        {
          EndInWords("some-program");
          EndAtInterrupts();
          raise(number);
        },
        testing::ExitedWithCode(130), "^some-program: interrupted\n$");
  }
}

TEST_F(InterruptDeathTest, LiveLinesOfWhichAPartIsShownAreErased) {
  EXPECT_EXIT(
      {
        EndInWords("some-program");
        EndAtInterrupts();
        const Terminal terminal;
        LiveLines lines(terminal.fd());
        lines.Show({{"one", /*is_alarm=*/true}});
        raise(SIGTERM);
      },
      testing::ExitedWithCode(130),
      "^\x1b\\[\\?7h\x1b\\[m\r\x1b\\[Jsome-program: interrupted\n$");
}

TEST_F(InterruptDeathTest, CountingReplacesTheEnd) {
  EXPECT_EXIT(
      {
        EndAtInterrupts();
        CountInterrupts();
        raise(SIGTERM);
        std::_Exit(Interrupts());
      },
      testing::ExitedWithCode(1), "");
}

TEST_F(InterruptDeathTest, WhoIsStuckIsEndedByTheNext) {
  EXPECT_EXIT(
      {
        CountInterrupts();
        raise(SIGTERM);
        raise(SIGTERM);  // too soon
        BeStuck();
        raise(SIGTERM);
      },
      testing::ExitedWithCode(130), "");
}

TEST_F(InterruptDeathTest, WhoAsksIsNotStuck) {
  EXPECT_EXIT(
      {
        CountInterrupts();
        raise(SIGTERM);
        Interrupts();
        BeStuck();
        raise(SIGTERM);
        std::_Exit(Interrupts());
      },
      testing::ExitedWithCode(2), "");
}

TEST_F(InterruptDeathTest, WhoIsCalledIsNotStuck) {
  EXPECT_EXIT(
      {
        CountInterrupts([] {});
        raise(SIGTERM);
        BeStuck();
        raise(SIGTERM);
        std::_Exit(Interrupts());
      },
      testing::ExitedWithCode(2), "");
}

// As when nobody reads a pipe.
TEST_F(InterruptDeathTest, AFullStderrDelaysNoEnd) {
  EXPECT_EXIT(
      {
        int ends[2];
        ASSERT_EQ(pipe(ends), 0);
        fcntl(ends[1], F_SETFL, O_NONBLOCK);
        while (write(ends[1], "x", 1) == 1) {
        }
        fcntl(ends[1], F_SETFL, 0);
        dup2(ends[1], STDERR_FILENO);
        EndAtInterrupts();
        raise(SIGTERM);
      },
      testing::ExitedWithCode(130), "");
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
