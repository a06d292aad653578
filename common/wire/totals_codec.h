// Codec for the totals of one instance. Incoming messages are checked as if a
// hostile peer had sent them: totals that pass are a possible sum of records.
//
// Thread-compatible.
#ifndef INVOCATOR_COMMON_WIRE_TOTALS_CODEC_H_
#define INVOCATOR_COMMON_WIRE_TOTALS_CODEC_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "common/result/outcome.h"
#include "common/result/totals.h"

namespace invocator {

namespace wire {
class BinDelta;
class InstanceDelta;
}  // namespace wire

// Writes what workers count but for the bins. REQUIRES: `message` is empty but
// for its instance and phase
void ToWire(const Totals& totals, wire::InstanceDelta& message);
// REQUIRES: `message` is empty but for its tick
void ToWire(const BinTotals& totals, wire::BinDelta& message);

// Undecoded totals in a message. Borrows the message, like a view.
class TotalsDelta {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor)
  TotalsDelta(const wire::InstanceDelta& message);

  uint32_t instance() const;
  bool warmup() const;
  uint64_t sent_digest() const;
  // Sums over the bins.
  uint64_t sent() const { return sent_; }
  uint64_t dropped() const { return dropped_; }
  uint64_t outcome(Outcome outcome) const {
    return outcomes_[static_cast<size_t>(outcome)];
  }

  // INVALID_ARGUMENT if counts contradict each other, a histogram is broken or
  // does not match the counts, a bin is not before `ticks`, or there are more
  // than `most` invocations.
  absl::Status Check(uint64_t most, uint32_t ticks) const;

  // These REQUIRE: Check was OK, and no sum exceeds 64 bits.
  void ForEachBin(
      absl::FunctionRef<void(uint32_t tick, const BinTotals& bin)> visit) const;
  // Adds everything but the bins.
  void AddRestTo(Totals& instance) const;
  // The same for what is kept per worker.
  void AddRestToWorker(Totals& worker) const;

 private:
  absl::Status CheckBins(uint64_t most, uint32_t ticks) const;
  absl::Status CheckReasons() const;
  absl::Status CheckBill() const;
  absl::Status CheckHistograms() const;

  const wire::InstanceDelta& message_;
  // Mean nothing before Check: they may have wrapped around.
  uint64_t sent_ = 0;
  uint64_t dropped_ = 0;
  uint64_t cold_ = 0;
  uint64_t warm_ = 0;
  OutcomeCounts outcomes_ = {};
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WIRE_TOTALS_CODEC_H_
