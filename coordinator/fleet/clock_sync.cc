#include "coordinator/fleet/clock_sync.h"

#include <algorithm>

namespace invocator {

void ClockSync::AddSample(int64_t sent_ns, int64_t answered_ns,
                          int64_t worker_ns) {
  if (sent_ns > answered_ns || sent_ns < answered_ns - kMaxRoundTripNs) return;
  const int64_t round_trip_ns = answered_ns - sent_ns;
  Estimate& sample = window_[static_cast<size_t>(samples_++ % kWindow)];
  const int64_t at_ns = sent_ns + round_trip_ns / 2;
  // Wraps, see Estimate::ToWorker.
  sample.offset_ns = static_cast<int64_t>(static_cast<uint64_t>(worker_ns) -
                                          static_cast<uint64_t>(at_ns));
  sample.round_trip_ns = round_trip_ns;
  sample.at_ns = at_ns;
}

ClockSync::Estimate ClockSync::best() const {
  if (samples_ == marked_samples_) return marked_;
  Estimate best;
  for (int back = 1; back <= std::min(samples_ - marked_samples_, kWindow);
       ++back) {
    const Estimate& sample = Sample(back);
    if (back == 1 || sample.round_trip_ns < best.round_trip_ns) best = sample;
  }
  return best;
}

std::optional<ClockSync::Drift> ClockSync::DriftSinceMark() const {
  // Not the quickest sample tells most, but the one whose uncertainty is
  // smallest against the time that has passed.
  std::optional<Drift> drift;
  for (int back = 1; back <= std::min(samples_ - marked_samples_, kWindow);
       ++back) {
    const Estimate& sample = Sample(back);
    const auto passed_ns = static_cast<double>(sample.at_ns - marked_.at_ns);
    if (passed_ns <= 0) continue;
    const double moved_ns = static_cast<double>(sample.offset_ns) -
                            static_cast<double>(marked_.offset_ns);
    const double uncertainty_ns =
        static_cast<double>(sample.uncertainty_ns() + marked_.uncertainty_ns());
    const Drift told = {moved_ns / passed_ns * 1e6,
                        uncertainty_ns / passed_ns * 1e6};
    if (!drift || told.uncertainty_ppm < drift->uncertainty_ppm) drift = told;
  }
  return drift;
}

}  // namespace invocator
