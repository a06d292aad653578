#include "coordinator/interrupt.h"

#include <atomic>
#include <csignal>

namespace invocator {
namespace {

std::atomic<int> interrupts = 0;
static_assert(std::atomic<int>::is_always_lock_free, "used in a handler");

void OnSignal(int) { interrupts.fetch_add(1); }

}  // namespace

void CountInterrupts() {
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

int Interrupts() { return interrupts.load(); }

}  // namespace invocator
