// Codec for a worker's Progress: changes since its previous Progress. Incoming
// messages are checked as if a hostile peer had sent them.
//
// Thread-compatible.
#ifndef INVOCATOR_COMMON_WIRE_PROGRESS_CODEC_H_
#define INVOCATOR_COMMON_WIRE_PROGRESS_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "common/result/failure_sample.h"
#include "common/result/totals.h"
#include "common/wire/totals_codec.h"

namespace invocator {

namespace wire {
class Progress;
}  // namespace wire

// Fills a Progress. Borrows the message, like a view.
class ProgressWriter {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor)
  ProgressWriter(wire::Progress& message) : message_(message) {}

  // Begins the delta of an instance and phase, with the counts outside of bins.
  // AddBin adds its bins, in ascending order of ticks.
  void BeginTotals(uint32_t instance, bool warmup, const Totals& totals);
  void AddBin(uint32_t tick, const BinTotals& bin);
  void AddFailure(const FailureSample& failure);
  void SetInFlight(uint64_t in_flight);
  void SetUntil(int64_t until_ns);
  // Size of the message so far, without in_flight and until.
  size_t bytes() const { return bytes_; }

 private:
  wire::Progress& message_;
  size_t bytes_ = 0;
};

// Reads a Progress without decoding its totals. Borrows the message, like a
// view.
class ProgressReader {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor)
  ProgressReader(const wire::Progress& message) : message_(message) {}

  size_t size() const;  // instances in it
  TotalsDelta totals(size_t index) const;
  uint64_t in_flight() const;
  int64_t until_ns() const;
  // INVALID_ARGUMENT names the first sample that breaks the protocol.
  // `instances`: number of instances in the plan.
  absl::StatusOr<std::vector<FailureSample>> Failures(size_t instances) const;

 private:
  const wire::Progress& message_;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WIRE_PROGRESS_CODEC_H_
