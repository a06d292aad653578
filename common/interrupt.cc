#include "common/interrupt.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <utility>

namespace invocator {
namespace {

std::atomic<int> interrupts = 0;
static_assert(std::atomic<int>::is_always_lock_free, "used in a handler");

bool counting = false;
void (*after_each)() = nullptr;

// Signals that people and systems send to end a process, and whose default
// action would leave a run without its results: Ctrl-C, kill, a lost terminal,
// a batch system's notice (USR1, USR2, ALRM), a CPU limit.
constexpr int kRequestsToEnd[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,
                                  SIGUSR1, SIGUSR2, SIGALRM, SIGXCPU};

void OnSignal(int) {
  const int before = errno;
  interrupts.fetch_add(1);
  if (after_each != nullptr) after_each();
  errno = before;
}

}  // namespace

void CountInterrupts(void (*then)()) {
  if (std::exchange(counting, true)) return;
  after_each = then;
  for (const int number : kRequestsToEnd) {
    struct sigaction action = {};
    if (sigaction(number, nullptr, &action) != 0 ||
        action.sa_handler == SIG_IGN) {
      continue;
    }
    action = {};
    action.sa_handler = OnSignal;
    action.sa_flags = SA_RESTART;
    sigaction(number, &action, nullptr);
  }
}

int Interrupts() { return interrupts.load(); }

}  // namespace invocator
