// Totals of one instance to and from the wire. Incoming ones are checked as if
// a hostile peer had sent them: whatever passes, records can have added up to.
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

// Writes what workers count of `totals`. REQUIRES: `message` is empty but for
// its instance
void ToWire(const Totals& totals, wire::InstanceDelta& message);

// The totals in a message, not decoded: histograms are added to others without
// being made first. Borrows the message, like a view.
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
  // not of the invocations counted, or there are more than `most` invocations.
  absl::Status Check(uint64_t most) const;

  // Both REQUIRE: Check was OK, and no sum exceeds 64 bits.
  void AddTo(Totals& instance) const;
  // Adds what is kept for each worker.
  void AddToWorker(Totals& worker) const;

 private:
  const wire::InstanceDelta& message_;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WIRE_TOTALS_CODEC_H_
