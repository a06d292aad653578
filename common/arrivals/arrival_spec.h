// Specification of one instance's arrivals: kind of process, its parameters, or
// the instants themselves. A spec alone decides every instant, on any machine.
//
// Plain values. Units: seconds, as in the workload.
#ifndef INVOCATOR_COMMON_ARRIVALS_ARRIVAL_SPEC_H_
#define INVOCATOR_COMMON_ARRIVALS_ARRIVAL_SPEC_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/arrivals/gap_law.h"
#include "common/arrivals/rate_shape.h"

namespace invocator {

class InstantTape;

// Limits of a valid spec, in addition to those of rate_shape.h and gap_law.h.
inline constexpr double kMaxDurationS = 366.0 * 24 * 3600;
// Gaps of one list, bins of one file of counts: they travel with the plan.
inline constexpr size_t kMaxGaps = 1'000'000;
inline constexpr size_t kMaxCountBins = 1'000'000;
inline constexpr size_t kMaxSpikes = 10'000;
// Calls of one spike, or of one bin of counts.
inline constexpr uint32_t kMaxCallsAtOnce = 1'000'000'000;
inline constexpr double kMinSpeed = 1e-6;
inline constexpr double kMaxSpeed = 1e6;
// Below it, a stream might draw 10^15 calls before it keeps one.
inline constexpr double kMinThin = 1e-6;

// kPoisson to kPareto: gaps of mean 1 with that law, spread over time by the
// rate (time change): call i is due at the inverse of the integrated rate at
// g1 + ... + gi. kUniform: gaps of 1 after a shift.
enum class ArrivalKind {
  kPoisson,
  kUniform,
  kGamma,
  kWeibull,
  kLognormal,
  kPareto,
  kList,        // of gaps
  kCounts,      // per bin of time
  kTimestamps,  // of every call
};

// kIndependent: a stream per instance, derived from (seed, stream).
// kFaasProfiler: FaaSProfiler's arrivals bit for bit: all instances use
// generators with one seed (numpy's legacy MT19937 for Poisson, Python's random
// for the shift of Uniform). Its Poisson uses libm's logarithm, as numpy does,
// so machines with different libms may now and then differ by a nanosecond;
// kIndependent is the same everywhere.
enum class ArrivalRng { kIndependent, kFaasProfiler };

// Two-state process whose rate is added while it is on (MMPP). Stays are
// exponential; the first state is drawn from the stationary law. A separate
// random stream draws the states, so that all workers agree on them.
struct Bursts {
  double per_s = 0;
  double mean_on_s = 0;
  double mean_off_s = 0;

  // Mean of the added rate.
  double MeanPerS() const {
    return per_s * mean_on_s / (mean_on_s + mean_off_s);
  }

  friend bool operator==(const Bursts&, const Bursts&) = default;
};

// Calls that are all due at one instant.
struct Spike {
  double at_s = 0;
  uint32_t calls = 0;

  friend bool operator==(const Spike&, const Spike&) = default;
};

// Calls by bins of time: bin k begins at k * bin_s / speed.
struct BinnedCalls {
  std::vector<uint32_t> counts;
  double bin_s = 60;
  double speed = 1;
  // Equal gaps with a random phase for each bin. Otherwise independent and
  // uniform: exactly Poisson, given the counts.
  bool even = false;
  // Probability with which a call is kept, by a hash of (seed, stream, number).
  double thin = 1;

  friend bool operator==(const BinnedCalls&, const BinnedCalls&) = default;
};

// Division of an instance's arrivals among its versions.
enum class Pairing {
  kBoth,   // each arrival is due for every version
  kSplit,  // each arrival is one version's: rounds of one for each, in an order
           // from a coin (version_order.h)
};

inline constexpr uint32_t kMinVersions = 2;
inline constexpr uint32_t kMaxVersions = 8;

// One version's place among those of its instance.
struct VersionPlace {
  uint32_t index = 0;  // < count
  uint32_t count = 0;  // kMinVersions .. kMaxVersions
  Pairing pairing = Pairing::kBoth;

  friend bool operator==(const VersionPlace&, const VersionPlace&) = default;
};

struct ArrivalSpec {
  ArrivalKind kind = ArrivalKind::kPoisson;
  ArrivalRng rng = ArrivalRng::kIndependent;
  uint32_t seed = 0;
  std::string stream;  // the instance's name, without its version's
  RateShape rate;      // of kPoisson to kPareto
  double duration_s = 0;
  // Only arrivals strictly inside the window are kept; lists ignore it. If the
  // window begins at 0, spikes, counts and timestamps at instant 0 are kept.
  double window_start_s = 0;
  double window_end_s = 0;
  std::vector<double> gaps_s;         // of kList
  GapLaw law = {};                    // of kGamma to kPareto
  std::optional<Bursts> bursts = {};  // of kPoisson to kPareto
  std::vector<Spike> spikes = {};     // in order of time; of all kinds
  BinnedCalls counts = {};            // of kCounts
  // Of kTimestamps: the instants, after speed and thinning.
  std::shared_ptr<const InstantTape> tape = nullptr;
  // The rest of the spec is the same for all versions.
  std::optional<VersionPlace> version = {};

  friend bool operator==(const ArrivalSpec&, const ArrivalSpec&) = default;
};

// Number of versions that share the spec's arrivals; 1 if each has all of them.
inline uint32_t Sharers(const ArrivalSpec& spec) {
  return spec.version && spec.version->pairing == Pairing::kSplit
             ? spec.version->count
             : 1;
}

// True for kPoisson to kPareto.
inline bool HasRate(ArrivalKind kind) { return kind < ArrivalKind::kList; }

}  // namespace invocator

#endif  // INVOCATOR_COMMON_ARRIVALS_ARRIVAL_SPEC_H_
