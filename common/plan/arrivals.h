// Arrival processes: the instants at which one instance's invocations are due.
// Pure: the spec alone decides every instant, on any machine.
//
// Units: seconds in specs, as in the workload; nanoseconds since the run's
// start in arrivals. Sums are kept in double seconds and rounded once.
#ifndef INVOCATOR_COMMON_PLAN_ARRIVALS_H_
#define INVOCATOR_COMMON_PLAN_ARRIVALS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace invocator {

enum class ArrivalKind { kPoisson, kUniform, kList };

// kIndependent: a stream per instance, derived from (seed, stream).
// kFaasProfiler: FaaSProfiler's arrivals bit for bit: all instances use
// generators with one seed (numpy's legacy MT19937 for Poisson, Python's random
// for the shift of Uniform). Its Poisson uses libm's logarithm, as numpy does,
// so machines with different libms may now and then differ by a nanosecond;
// kIndependent is the same everywhere.
enum class ArrivalRng { kIndependent, kFaasProfiler };

struct ArrivalSpec {
  ArrivalKind kind = ArrivalKind::kPoisson;
  ArrivalRng rng = ArrivalRng::kIndependent;
  uint32_t seed = 0;
  std::string stream;     // the instance's name
  double rate_per_s = 0;  // unused for lists
  double duration_s = 0;
  // Only arrivals strictly inside the window are kept (not for lists).
  double window_start_s = 0;
  double window_end_s = 0;
  std::vector<double> gaps_s;  // for lists

  friend bool operator==(const ArrivalSpec&, const ArrivalSpec&) = default;
};

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

  // The next arrival; nullopt after the last one. The process starts at 0: the
  // first call runs it up to the window, at some 10^8 arrivals a second.
  virtual std::optional<Arrival> Next() = 0;
};

// REQUIRES: the spec's numbers are finite and within the limits of
// common/plan/plan.h.
std::unique_ptr<ArrivalStream> MakeArrivalStream(const ArrivalSpec& spec);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PLAN_ARRIVALS_H_
