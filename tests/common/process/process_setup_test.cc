#include "common/process/process_setup.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <new>
#include <thread>
#include <vector>

namespace invocator {
namespace {

// Each in a process of its own: what it sets up is the process's.

// Sets up with the standard streams of `closed` closed; returns, as bits, which
// streams can be read or written then, or 64 if a new file takes their number.
int StreamsThatWork(const std::vector<int>& closed) {
  for (const int fd : closed) close(fd);
  SetUpProcess("test");
  int works = 0;
  for (const int fd : closed) {
    char byte = 'x';
    const ssize_t done =
        fd == STDIN_FILENO ? read(fd, &byte, 1) : write(fd, &byte, 1);
    if (done >= 0 || errno != EBADF) works |= 1 << fd;
  }
  if (dup(open("/", O_RDONLY)) <= STDERR_FILENO) works |= 64;
  return works;
}

void LimitFiles(rlim_t soft, rlim_t hard) {
  const rlimit limit{soft, hard};
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Whether a byte can pass through the standard streams.
bool PassesByte() {
  std::array<int, 2> ends;
  if (pipe(ends.data()) != 0) return false;
  dup2(ends[0], STDIN_FILENO);
  dup2(ends[1], STDOUT_FILENO);
  SetUpProcess("test");
  char byte = 0;
  return write(STDOUT_FILENO, "x", 1) == 1 &&
         read(STDIN_FILENO, &byte, 1) == 1 && byte == 'x';
}

bool DumpsNoCore() {
  SetUpProcess("test");
  rlimit limit{};
  getrlimit(RLIMIT_CORE, &limit);
#if defined(__SANITIZE_ADDRESS__)
  return limit.rlim_cur == 0;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
  return limit.rlim_cur == 0;
#endif
#endif
  return limit.rlim_cur == 0 && prctl(PR_GET_DUMPABLE) == 0;
}

bool RaisesFileLimit() {
  LimitFiles(20, 50);
  const uint64_t raised = RaiseFileLimit();
  rlimit found{};
  getrlimit(RLIMIT_NOFILE, &found);
  return raised == 50 && found.rlim_cur == 50;
}

TEST(ProcessSetupDeathTest, ClosedStreamsStayUselessAndTheirNumbersTaken) {
  const std::vector<std::vector<int>> cases = {{0},    {1},    {2},      {0, 1},
                                               {0, 2}, {1, 2}, {0, 1, 2}};
  for (const std::vector<int>& closed : cases) {
    EXPECT_EXIT(std::_Exit(StreamsThatWork(closed)), testing::ExitedWithCode(0),
                "");
  }
}

TEST(ProcessSetupDeathTest, AStreamThatCannotBeReplacedIsTold) {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO}) {
    EXPECT_EXIT(
        {
          close(fd);
          LimitFiles(0, 0);
          SetUpProcess("some-program");
        },
        testing::ExitedWithCode(3), "^some-program: out of file descriptors");
  }
}

// One that a library opened before main.
TEST(ProcessSetupDeathTest, NoWordIsWrittenIntoAnotherFile) {
  EXPECT_EXIT(
      {
        fcntl(STDERR_FILENO, F_SETFD, FD_CLOEXEC);
        LimitFiles(0, 0);
        SetUpProcess("some-program");
      },
      testing::ExitedWithCode(3), "^$");
}

TEST(ProcessSetupDeathTest, OpenStreamsAreLeftAlone) {
  EXPECT_EXIT(std::_Exit(PassesByte() ? 0 : 1), testing::ExitedWithCode(0), "");
}

TEST(ProcessSetupDeathTest, ErrorsOfWritingEndNothing) {
  EXPECT_EXIT(
      {
        SetUpProcess("test");
        raise(SIGPIPE);
        raise(SIGXFSZ);
        std::_Exit(0);
      },
      testing::ExitedWithCode(0), "");
}

TEST(ProcessSetupDeathTest, ChildrenCanBeAwaitedWhateverTheParentIgnored) {
  EXPECT_EXIT(
      {
        std::signal(SIGCHLD, SIG_IGN);
        SetUpProcess("test");
        const pid_t child = fork();
        if (child == 0) std::_Exit(7);
        int how = 0;
        const bool awaited = waitpid(child, &how, 0) == child;
        std::_Exit(awaited && WIFEXITED(how) ? WEXITSTATUS(how) : 1);
      },
      testing::ExitedWithCode(7), "");
}

TEST(ProcessSetupDeathTest, SignalsThatEndUsAreNotBlocked) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    EXPECT_EXIT(
        {
          sigset_t all;
          sigfillset(&all);
          sigprocmask(SIG_SETMASK, &all, nullptr);
          SetUpProcess("test");
          std::signal(number, [](int) { std::_Exit(5); });
          raise(number);
        },
        testing::ExitedWithCode(5), "");
  }
}

TEST(ProcessSetupDeathTest, NoCoreIsDumped) {
  EXPECT_EXIT(std::_Exit(DumpsNoCore() ? 0 : 1), testing::ExitedWithCode(0),
              "");
}

TEST(ProcessSetupDeathTest, MemoryThatIsNotThereIsNamed) {
  EXPECT_EXIT(
      {
        SetUpProcess("some-program");
        std::thread([] { throw std::bad_alloc(); }).join();
      },
      testing::ExitedWithCode(3), "^some-program: out of memory");
}

TEST(ProcessSetupDeathTest, AThreadThatIsNotThereIsNamed) {
  EXPECT_EXIT(
      {
        SetUpProcess("some-program");
        std::thread([] {
          throw std::system_error(
              std::make_error_code(std::errc::resource_unavailable_try_again));
        }).join();
      },
      testing::ExitedWithCode(3), "^some-program: cannot start a thread");
}

TEST(ProcessSetupDeathTest, AnAbortForWantOfDescriptorsIsNamed) {
  EXPECT_EXIT(
      {
        SetUpProcess("some-program");
        LimitFiles(3, 3);
        std::abort();
      },
      testing::ExitedWithCode(3), "^some-program: out of file descriptors");
}

TEST(ProcessSetupDeathTest, AnotherAbortIsOne) {
  EXPECT_EXIT(
      {
        SetUpProcess("test");
        std::abort();
      },
      testing::KilledBySignal(SIGABRT), "");
}

TEST(ProcessSetupDeathTest, AnAbortFromOutsideEndsItToo) {
  EXPECT_EXIT(
      {
        SetUpProcess("some-program");
        kill(getpid(), SIGABRT);  // as another process would
      },
      testing::KilledBySignal(SIGABRT), "^some-program: ended by SIGABRT");
}

TEST(ProcessSetupDeathTest, TheFileLimitIsRaisedToTheHardOne) {
  EXPECT_EXIT(std::_Exit(RaisesFileLimit() ? 0 : 1), testing::ExitedWithCode(0),
              "");
}

}  // namespace
}  // namespace invocator
