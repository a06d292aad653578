// Generates the instants at which one instance's invocations are due. Pure but
// for timestamps, which are read from a temporary file.
//
// Units: nanoseconds since the run's start. Instants are rounded once, from
// sums whose error is below 1e-6 calls.
#ifndef INVOCATOR_COMMON_ARRIVALS_ARRIVAL_STREAM_H_
#define INVOCATOR_COMMON_ARRIVALS_ARRIVAL_STREAM_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "common/arrivals/arrival_spec.h"

namespace invocator {

struct Arrival {
  uint64_t sequence = 0;  // counts the kept arrivals of the instance from 0
  int64_t scheduled_ns = 0;

  friend bool operator==(const Arrival&, const Arrival&) = default;
};

// Generates the arrivals of one spec in order, in memory that does not depend
// on their number. Thread-compatible. Copies the spec.
class ArrivalStream {
 public:
  virtual ~ArrivalStream() = default;

  // The next arrival, of this version's if the spec's versions split them;
  // nullopt after the last one. At one instant, those of the
  // process come before those of a spike. The process starts at second 0: the
  // first call runs it up to the window, at some 10^8 arrivals a second.
  virtual std::optional<Arrival> Next() = 0;
};

// REQUIRES: the spec's numbers are finite and within the limits of
// arrival_spec.h; kFaasProfiler has a list, or kPoisson or kUniform with a
// constant rate and no bursts.
std::unique_ptr<ArrivalStream> MakeArrivalStream(const ArrivalSpec& spec);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_ARRIVALS_ARRIVAL_STREAM_H_
