#include "common/process/interrupt.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <thread>
#include <utility>

#include "common/process/child_process.h"
#include "common/process/last_words.h"

namespace invocator {
namespace {

// Longer than a large run takes to write its results.
constexpr int64_t kImpatientNs = 3'000'000'000;

std::atomic<int> interrupts = 0;
// The value last returned by Interrupts.
std::atomic<int> heeded = 0;
// Arrival of the first signal not yet returned, by the steady clock.
std::atomic<int64_t> unheeded_since_ns = 0;
// When the last one was counted, by the same clock.
std::atomic<int64_t> counted_ns = 0;
static_assert(std::atomic<int>::is_always_lock_free &&
                  std::atomic<int64_t>::is_always_lock_free,
              "used in a handler");

bool counting = false;
void (*after_each)() = nullptr;

// Their default actions would leave a run without its results.
constexpr int kRequests[] = {SIGINT, SIGTERM, SIGQUIT};
constexpr int kNotices[] = {SIGHUP, SIGUSR1, SIGUSR2, SIGALRM, SIGXCPU};

// Signals that a system sends for one reason follow each other this closely.
constexpr int64_t kOneReasonNs = 200'000'000;

[[noreturn]] void End() {
  KillChildProcess();
  EndInterrupted();
}

void EndAtFirst(int) { End(); }

int64_t NowNs() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Ends the process if the main thread is stuck: if it has not called Interrupts
// for kImpatientNs since a signal.
void EndTheStuck() {
  if (interrupts.load() == heeded.load()) {
    unheeded_since_ns = NowNs();
  } else if (NowNs() - unheeded_since_ns.load() >= kImpatientNs) {
    End();
  }
}

void OnRequest(int) {
  const int before = errno;
  if (after_each == nullptr) EndTheStuck();
  interrupts.fetch_add(1);
  counted_ns = NowNs();
  if (after_each != nullptr) after_each();
  errno = before;
}

void OnNotice(int number) {
  const bool is_first = interrupts.load() == 0;
  if (!is_first &&
      (number == SIGXCPU || NowNs() - counted_ns.load() < kOneReasonNs)) {
    return;
  }
  OnRequest(number);
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

void HandleAll(void (*on_request)(int), void (*on_notice)(int)) {
  for (const int number : kRequests) Handle(number, on_request);
  for (const int number : kNotices) Handle(number, on_notice);
}

// Waits for input and discards it. False at the end of file.
bool AwaitMore(int fd) {
  pollfd readable{fd, POLLIN, 0};
  if (poll(&readable, 1, -1) < 0) return errno == EINTR;
  std::array<char, 4096> thrown_away;
  const ssize_t got = read(fd, thrown_away.data(), thrown_away.size());
  return got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
}

}  // namespace

void EndAtInterrupts() { HandleAll(EndAtFirst, EndAtFirst); }

void CountInterrupts(void (*then)()) {
  if (std::exchange(counting, true)) return;
  after_each = then;
  HandleAll(OnRequest, OnNotice);
}

void InterruptAtEof(int fd) {
  // The starting program's way to end this one, even if it ignores the signal.
  struct sigaction action = {};
  if (sigaction(SIGTERM, nullptr, &action) == 0 &&
      action.sa_handler == SIG_IGN) {
    action.sa_handler = counting ? OnRequest : EndAtFirst;
    sigaction(SIGTERM, &action, nullptr);
  }
  std::thread([fd] {
    while (AwaitMore(fd)) {
    }
    kill(getpid(), SIGTERM);
  }).detach();
}

int Interrupts() {
  const int so_far = interrupts.load();
  heeded = so_far;
  return so_far;
}

}  // namespace invocator
