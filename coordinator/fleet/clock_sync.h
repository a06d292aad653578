// Offset of a worker's steady clock from ours, measured by pings. The sample
// with the smallest round trip is the least disturbed; half of that round trip
// is the offset's uncertainty. Source: Cristian, "Probabilistic clock
// synchronization", 1989. The best of the last 16 samples counts, so that the
// estimate follows a drifting clock.
//
// Pure: instants come in as arguments. Thread-compatible.
#ifndef INVOCATOR_COORDINATOR_FLEET_CLOCK_SYNC_H_
#define INVOCATOR_COORDINATOR_FLEET_CLOCK_SYNC_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace invocator {

class ClockSync {
 public:
  static constexpr int kWindow = 16;
  static constexpr int64_t kMaxRoundTripNs = 10'000'000'000;

  struct Estimate {
    int64_t offset_ns = 0;  // the worker's clock minus ours
    int64_t round_trip_ns = 0;
    int64_t at_ns = 0;  // by our clock

    int64_t uncertainty_ns() const { return round_trip_ns / 2; }
    // Converts an instant of our clock to the worker's. A worker may claim any
    // offset: wraps rather than overflows.
    int64_t ToWorker(int64_t our_ns) const {
      return static_cast<int64_t>(static_cast<uint64_t>(our_ns) +
                                  static_cast<uint64_t>(offset_ns));
    }
  };

  struct Drift {
    double ppm = 0;  // positive: the worker's clock is the faster one
    double uncertainty_ppm = 0;
  };

  // Adds one ping: sent and answered by our clock, with the worker's clock in
  // between. Ignores samples that are impossible or whose round trip exceeds
  // kMaxRoundTripNs.
  void AddSample(int64_t sent_ns, int64_t answered_ns, int64_t worker_ns);

  int samples() const { return samples_; }
  // The best of the last samples since the mark, or else the mark; zeros before
  // the first.
  Estimate best() const;

  // Keeps the current estimate: a run's instants are based on it, and drift is
  // measured from it.
  void Mark() {
    marked_ = best();
    marked_samples_ = samples_;
  }
  const Estimate& marked() const { return marked_; }
  // Drift since the mark; nullopt until a later sample allows an estimate.
  std::optional<Drift> DriftSinceMark() const;

 private:
  // The one that came `back` - 1 samples before the last.
  const Estimate& Sample(int back) const {
    return window_[static_cast<size_t>((samples_ - back) % kWindow)];
  }

  std::array<Estimate, kWindow> window_ = {};
  int samples_ = 0;
  int marked_samples_ = 0;  // when the mark was set
  Estimate marked_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FLEET_CLOCK_SYNC_H_
