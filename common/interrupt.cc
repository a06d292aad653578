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

// Their default actions would leave a run without its results.
constexpr int kRequests[] = {SIGINT, SIGTERM, SIGQUIT};
constexpr int kNotices[] = {SIGHUP, SIGUSR1, SIGUSR2, SIGALRM, SIGXCPU};

void OnRequest(int) {
  const int before = errno;
  interrupts.fetch_add(1);
  if (after_each != nullptr) after_each();
  errno = before;
}

void OnNotice(int) {
  int none = 0;
  if (!interrupts.compare_exchange_strong(none, 1)) return;
  const int before = errno;
  if (after_each != nullptr) after_each();
  errno = before;
}

void Handle(int number, void (*handler)(int)) {
  struct sigaction action = {};
  if (sigaction(number, nullptr, &action) != 0 ||
      action.sa_handler == SIG_IGN) {
    return;
  }
  action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigaction(number, &action, nullptr);
}

}  // namespace

void CountInterrupts(void (*then)()) {
  if (std::exchange(counting, true)) return;
  after_each = then;
  for (const int number : kRequests) Handle(number, OnRequest);
  for (const int number : kNotices) Handle(number, OnNotice);
}

int Interrupts() { return interrupts.load(); }

}  // namespace invocator
