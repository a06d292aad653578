// Codec for the totals of one instance. Incoming messages are checked as if a
// hostile peer had sent them: totals that pass are a possible sum of records.
//
// Thread-compatible.
#ifndef INVOCATOR_COMMON_WIRE_TOTALS_CODEC_H_
#define INVOCATOR_COMMON_WIRE_TOTALS_CODEC_H_

#include <cstdint>

#include "absl/status/status.h"
#include "common/result/outcome.h"
#include "common/result/totals.h"

namespace invocator {

namespace wire {
class InstanceDelta;
}

// Writes the totals that workers count. REQUIRES: `message` is empty but for
// its instance
void ToWire(const Totals& totals, wire::InstanceDelta& message);

// Undecoded totals in a message: adds its histograms to others without building
// them first. Borrows the message, like a view.
class TotalsDelta {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor)
  TotalsDelta(const wire::InstanceDelta& message) : message_(message) {}

  uint32_t instance() const;
  uint64_t sent() const;
  uint64_t dropped() const;
  uint64_t sent_digest() const;
  uint64_t outcome(Outcome outcome) const;

  // INVALID_ARGUMENT if counts contradict each other, a histogram is broken or
  // does not match the counts, or there are more than `most` invocations.
  absl::Status Check(uint64_t most) const;

  // Both REQUIRE: Check was OK, and no sum exceeds 64 bits.
  void AddTo(Totals& instance) const;
  // Adds the totals that are kept per worker.
  void AddToWorker(Totals& worker) const;

 private:
  const wire::InstanceDelta& message_;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WIRE_TOTALS_CODEC_H_
