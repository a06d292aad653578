#include "common/process/process_setup.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "common/process/last_words.h"

// LeakSanitizer looks at the process as a debugger does, which a process that
// cannot be dumped refuses.
#if defined(__SANITIZE_ADDRESS__)
#define INVOCATOR_LEAKS_ARE_SOUGHT 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define INVOCATOR_LEAKS_ARE_SOUGHT 1
#endif
#endif

namespace invocator {
namespace {

// A stream that closes on exec was not inherited: a library's initializer took
// the free number before main (gRPC's test for eventfd does, and keeps 0).
bool IsInherited(int fd) {
  const int flags = fcntl(fd, F_GETFD);
  return flags >= 0 && (flags & FD_CLOEXEC) == 0;
}

// Prints a message if stderr is open.
[[noreturn]] void EndWithoutStream() {
  if (!IsInherited(STDERR_FILENO)) _exit(3);
  EndAtOnce("out of file descriptors (ulimit -n): a standard stream is closed");
}

void OpenStandardStreams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (IsInherited(fd)) continue;
    // The opposite direction of the stream's.
    const int flags = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    int opened = open("/dev/null", flags);
    // Without a /dev, anything that can be neither read nor written.
    if (opened < 0) opened = open("/", O_PATH);
    if (opened == fd) continue;
    if (opened < 0 || dup2(opened, fd) < 0) EndWithoutStream();
    close(opened);
  }
}

void SetUpSignals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGCHLD, SIG_DFL);
  sigset_t ours;
  sigemptyset(&ours);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD}) {
    sigaddset(&ours, number);
  }
  pthread_sigmask(SIG_UNBLOCK, &ours, nullptr);
}

void ForbidCoreDumps() {
  // A core_pattern that pipes to a program ignores the limit, so the process is
  // also marked as not dumpable. The limit is for the cases where that is
  // refused (seccomp), and for children, which do not inherit the mark (a
  // credential_process knows the secrets too).
#ifndef INVOCATOR_LEAKS_ARE_SOUGHT
  prctl(PR_SET_DUMPABLE, 0);
#endif
  rlimit limit{};
  if (getrlimit(RLIMIT_CORE, &limit) != 0) return;
  limit.rlim_cur = 0;
  setrlimit(RLIMIT_CORE, &limit);
}

}  // namespace

void SetUpProcess(const char* program) {
  EndInWords(program);
  OpenStandardStreams();
  SetUpSignals();
  ForbidCoreDumps();
}

uint64_t RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

}  // namespace invocator
