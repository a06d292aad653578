#include "common/process/last_words.h"

#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>

#include "common/base/exit_code.h"
#include "common/process/live_lines.h"

namespace invocator {
namespace {

// Larger than a thread's default stack (8 MiB) and than most allocations of our
// libraries. The abort after a larger allocation failed may go unexplained.
constexpr size_t kProbeBytes = size_t{16} << 20;

constexpr char kNoDescriptor[] = "out of file descriptors (ulimit -n)";
constexpr char kNoMemory[] =
    "out of memory (ulimit -v, or a container's limit)";

const char* program_name = "";

// Erases live lines, which may be partly written: turns wrapping on and colours
// off first.
constexpr char kErase[] = "\x1b[?7h\x1b[m\r\x1b[J";

// Async-signal-safe, and allocates nothing. Skips the message if stderr would
// block.
void Write(const char* reason) {
  pollfd writable{STDERR_FILENO, POLLOUT, 0};
  if (poll(&writable, 1, 0) == 0) return;
  const char* const clear = LiveLines::AreOnScreen() ? kErase : "";
  for (const char* part : {clear, program_name, ": ", reason, "\n"}) {
    if (write(STDERR_FILENO, part, std::strlen(part)) < 0) break;
  }
}

[[noreturn]] void End(const char* reason) {
  Write(reason);
  _exit(kExitNotCarriedOut);
}

bool IsOutOfDescriptors() {
  const int fd = dup(STDERR_FILENO);
  if (fd >= 0) close(fd);
  return fd < 0 && (errno == EMFILE || errno == ENFILE);
}

bool IsOutOfMemory() {
  void* const probe = mmap(nullptr, kProbeBytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (probe == MAP_FAILED) return true;
  munmap(probe, kProbeBytes);
  return false;
}

// gRPC aborts where it gets no event or no memory.
void OnAbort(int number, siginfo_t* from, void*) {
  if (IsOutOfDescriptors()) End(kNoDescriptor);
  if (IsOutOfMemory()) End(kNoMemory);
  // A library that calls abort() has printed its reason.
  if (from->si_code == SI_USER) Write("ended by SIGABRT");
  // The raise takes effect on return. A SIGABRT from outside needs it: only
  // abort() raises the signal a second time.
  std::signal(number, SIG_DFL);
  raise(number);
}

[[noreturn]] void OnTerminate() {
  try {
    if (const std::exception_ptr error = std::current_exception()) {
      std::rethrow_exception(error);
    }
  } catch (const std::bad_alloc&) {
    End(kNoMemory);
  } catch (const std::system_error& error) {
    // Other failures, of files for example, have this type too.
    if (error.code() == std::errc::resource_unavailable_try_again) {
      End(NoThread(error).c_str());
    }
    std::fprintf(stderr, "%s: %s\n", program_name, error.what());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", program_name, error.what());
  }
  std::abort();
}

}  // namespace

std::string NoThread(const std::system_error& error) {
  return "cannot start a thread (ulimit -u or -v, or a container's limit of "
         "pids): " +
         error.code().message();
}

void EndInterrupted() {
  Write("interrupted");
  _exit(kExitInterrupted);
}

void EndAtOnce(absl::string_view reason) { End(std::string(reason).c_str()); }

void EndInWords(const char* program) {
  program_name = program;
  std::set_terminate(OnTerminate);
  struct sigaction action = {};
  action.sa_sigaction = OnAbort;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGABRT, &action, nullptr);
}

}  // namespace invocator
