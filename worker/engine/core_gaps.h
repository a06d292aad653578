// Counts the gaps in which a spinning engine did not run: turns with nothing to
// do that took 200 us or more. Undisturbed ones take 0.05 to 2 us, with an
// interrupt some 50.
//
// Two kinds are told apart. If the kernel has switched from this thread to
// another one since the last look, another thread of this machine had the core.
// Otherwise nothing here did: a hypervisor took it, or the kernel itself.
//
// Belongs to the engine's thread. Units: nanoseconds.
#ifndef INVOCATOR_WORKER_ENGINE_CORE_GAPS_H_
#define INVOCATOR_WORKER_ENGINE_CORE_GAPS_H_

#include <cstdint>

namespace invocator {

class CoreGaps {
 public:
  static constexpr int64_t kLeastNs = 200'000;
  // Involuntary context switches of the calling thread, so far.
  using Switches = int64_t (*)();
  static int64_t SwitchesOfThread();

  explicit CoreGaps(Switches switches = &SwitchesOfThread)
      : switches_(switches) {}

  // Looks at the switches. To be called before the first turn and some times a
  // second: a look takes a system call.
  void Look() { seen_ = switches_(); }
  // A turn of the spin with nothing to do took `turn_ns`, at least kLeastNs.
  void Add(int64_t turn_ns);

  uint64_t count() const { return count_; }
  int64_t total_ns() const { return total_ns_; }
  int64_t longest_ns() const { return longest_ns_; }
  // Of the total: another thread had the core.
  int64_t preempted_ns() const { return preempted_ns_; }

 private:
  Switches switches_;
  int64_t seen_ = 0;
  uint64_t count_ = 0;
  int64_t total_ns_ = 0;
  int64_t longest_ns_ = 0;
  int64_t preempted_ns_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_ENGINE_CORE_GAPS_H_
