// Time change of an arrival process: walks along its rate and finds the instant
// at which the integrated rate reaches a sum of gaps.
//
// Units: seconds since the run's start, calls, calls per second.
// Thread-compatible. Copies what it needs.
#ifndef INVOCATOR_COMMON_ARRIVALS_RATE_WALK_H_
#define INVOCATOR_COMMON_ARRIVALS_RATE_WALK_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "common/arrivals/arrival_spec.h"
#include "common/arrivals/rng.h"

namespace invocator {

// Limit of straight lines of a rate within a test, stays of bursts included:
// some ten seconds of walking if no line yields a call.
inline constexpr double kMaxRateLines = 1e9;

// INVALID_ARGUMENT, with both numbers, if the rate and bursts of a spec exceed
// kMaxRateLines within its duration. REQUIRES: HasRate(spec.kind)
absl::Status CheckRateLines(const ArrivalSpec& spec);

// A span over which the rate is a straight line.
struct RateSegment {
  double start_s = 0;
  double end_s = 0;
  // Not end_s - start_s, whose rounding grows with the time that has passed: a
  // line of a repeated shape has the same length, and area, in every period.
  double length_s = 0;  // > 0
  double start_per_s = 0;
  double end_per_s = 0;
};

// Draws the states of bursts, one stay after the other.
class BurstStates {
 public:
  // The stream belongs to (seed, stream, "bursts").
  explicit BurstStates(const ArrivalSpec& spec);

  // Rate that the present stay adds, and the stay's end.
  double per_s() const { return on_ ? bursts_.per_s : 0; }
  double end_s() const { return end_s_; }
  void Advance();

 private:
  double Stay();

  Bursts bursts_;
  StreamRng rng_;
  bool on_;
  double end_s_;
};

// Cuts a spec's rate, bursts included, into segments from 0 to the test's end,
// without gaps between them. REQUIRES: HasRate(spec.kind)
class RateSegments {
 public:
  explicit RateSegments(const ArrivalSpec& spec);

  std::optional<RateSegment> Next();

 private:
  // The straight line of the shape at now_s_.
  RateSegment ShapeLine();
  void LeaveLine();

  RateShape shape_;
  double end_s_;
  std::optional<BurstStates> bursts_;
  double now_s_ = 0;
  size_t point_ = 0;       // with which the present line begins
  uint64_t period_ = 0;    // periods that have passed
  bool is_begun_ = false;  // the present line, by a segment that bursts cut
};

// A number of calls as a whole number and a fraction: a sum of 10^9 gaps keeps
// its fraction to 2.3e-7 calls in the worst case, where one double would lose
// it.
struct CallSum {
  uint64_t whole = 0;
  double part = 0;  // in [0, 1)

  // REQUIRES: 0 <= calls < 2^62
  void Add(double calls) {
    part += calls;
    // No branch on the carry, which is unpredictable. Signed: processors
    // convert signed numbers in one instruction.
    const auto carry = static_cast<int64_t>(part);
    part -= static_cast<double>(carry);
    whole += static_cast<uint64_t>(carry);
  }
  bool Reaches(const CallSum& other) const {
    return whole != other.whole ? whole > other.whole : part >= other.part;
  }
  // REQUIRES: Reaches(other)
  void Subtract(const CallSum& other) {
    whole -= other.whole;
    part -= other.part;
    if (part >= 0) return;
    // Rounds to 1 if the difference is below 2^-54 calls.
    part += 1;
    if (part < 1) {
      --whole;
    } else {
      part = 0;
    }
  }
  double value() const {
    return static_cast<double>(static_cast<int64_t>(whole)) + part;
  }
};

class RateWalk {
 public:
  explicit RateWalk(const ArrivalSpec& spec);

  // The instant, in seconds, at which the integrated rate has grown by `calls`
  // since the last call; infinity if it does not before the test's end.
  // Instants never decrease. REQUIRES: calls >= 0
  double Advance(double calls);

 private:
  // Moves on to the next segment; false after the last.
  bool NextSegment();

  RateSegments segments_;
  RateSegment segment_;
  double slope_ = 0;  // of segment_, per second per second
  CallSum area_;      // of segment_
  CallSum done_;      // in segment_
  double instant_s_ = 0;
  bool ended_ = false;
};

// Integrates a spec's rate. REQUIRES: HasRate(spec.kind)
class RateIntegral {
 public:
  explicit RateIntegral(const ArrivalSpec& spec);

  // Calls expected in [0, until_s). REQUIRES: `until_s` never decreases.
  double Until(double until_s);
  // The rate at the instant of the last Until.
  double per_s() const { return per_s_; }

 private:
  RateSegments segments_;
  std::optional<RateSegment> segment_;
  CallSum before_;  // calls before segment_
  double per_s_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_ARRIVALS_RATE_WALK_H_
