#include "coordinator/clock_sync.h"

#include <algorithm>

namespace invocator {

void ClockSync::AddSample(int64_t sent_ns, int64_t answered_ns,
                          int64_t worker_ns) {
  const int64_t round_trip_ns = answered_ns - sent_ns;
  if (round_trip_ns < 0) return;
  Estimate& sample = window_[static_cast<size_t>(samples_++ % kWindow)];
  const int64_t at_ns = sent_ns + round_trip_ns / 2;
  // Wraps, see Estimate::ToWorker.
  sample.offset_ns = static_cast<int64_t>(static_cast<uint64_t>(worker_ns) -
                                          static_cast<uint64_t>(at_ns));
  sample.round_trip_ns = round_trip_ns;
  sample.at_ns = at_ns;
}

ClockSync::Estimate ClockSync::best() const {
  const auto end = window_.begin() + std::min(samples_, kWindow);
  const auto best = std::min_element(
      window_.begin(), end, [](const Estimate& a, const Estimate& b) {
        return a.round_trip_ns < b.round_trip_ns;
      });
  return best == end ? Estimate() : *best;
}

std::optional<ClockSync::Drift> ClockSync::DriftSinceMark() const {
  const Estimate now = best();
  const double passed_ns = static_cast<double>(now.at_ns - marked_.at_ns);
  if (passed_ns <= 0) return std::nullopt;
  const double moved_ns = static_cast<double>(now.offset_ns) -
                          static_cast<double>(marked_.offset_ns);
  const double uncertainty_ns =
      static_cast<double>(now.uncertainty_ns() + marked_.uncertainty_ns());
  return Drift{moved_ns / passed_ns * 1e6, uncertainty_ns / passed_ns * 1e6};
}

}  // namespace invocator
