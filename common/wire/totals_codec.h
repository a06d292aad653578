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

// Writes the counts outside of bins. REQUIRES: `message` is empty but for its
// instance and phase
void ToWire(const Totals& totals, wire::InstanceDelta& message);
// REQUIRES: `message` is empty but for its tick
void ToWire(const BinTotals& totals, wire::BinDelta& message);

// View of the totals in a message, not yet decoded. Borrows the message.
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
  // does not match the counts, a tick is not below `ticks`, or more than `most`
  // invocations are counted.
  absl::Status Check(uint64_t most, uint32_t ticks) const;

  // The following REQUIRE: Check was OK, and no sum exceeds 64 bits.
  void ForEachBin(
      absl::FunctionRef<void(uint32_t tick, const BinTotals& bin)> visit) const;
  // Adds the counts outside of bins.
  void AddRestTo(Totals& instance) const;
  // Adds those that are kept per worker.
  void AddRestToWorker(Totals& worker) const;

 private:
  absl::Status CheckBins(uint64_t most, uint32_t ticks) const;
  absl::Status CheckReasons() const;
  absl::Status CheckBill() const;
  absl::Status CheckHistograms() const;

  const wire::InstanceDelta& message_;
  // Valid only after Check: they may have wrapped around.
  uint64_t sent_ = 0;
  uint64_t dropped_ = 0;
  uint64_t cold_ = 0;
  uint64_t warm_ = 0;
  OutcomeCounts outcomes_ = {};
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WIRE_TOTALS_CODEC_H_
