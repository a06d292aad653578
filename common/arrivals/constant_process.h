// Generates arrivals of a constant rate, our own and FaaSProfiler's. Tests pin
// their instants: plans of earlier versions keep their digests.
//
// Processes: NextTime() returns instants in seconds that never decrease, and
// infinity after the last. Thread-compatible.
#ifndef INVOCATOR_COMMON_ARRIVALS_CONSTANT_PROCESS_H_
#define INVOCATOR_COMMON_ARRIVALS_CONSTANT_PROCESS_H_

#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include "common/arrivals/arrival_spec.h"
#include "common/arrivals/gap_source.h"
#include "common/arrivals/rng.h"

namespace invocator {

class PoissonProcess {
 public:
  explicit PoissonProcess(const ArrivalSpec& spec)
      : rng_(spec.seed, spec.stream), rate_per_s_(spec.rate.first_per_s()) {}

  double NextTime() {
    time_s_ += DrawExponential(rng_) / rate_per_s_;
    return time_s_;
  }

 private:
  StreamRng rng_;
  double rate_per_s_;
  double time_s_ = 0;
};

// In closed form rather than summed: a sum of a billion gaps would drift.
class UniformProcess {
 public:
  explicit UniformProcess(const ArrivalSpec& spec)
      : rate_per_s_(spec.rate.first_per_s()),
        shift_s_(StreamRng(spec.seed, spec.stream).Uniform() / rate_per_s_),
        count_(static_cast<uint64_t>(spec.duration_s * rate_per_s_)) {}

  double NextTime() {
    if (generated_ == count_) return std::numeric_limits<double>::infinity();
    ++generated_;
    return shift_s_ + static_cast<double>(generated_) / rate_per_s_;
  }

 private:
  double rate_per_s_;
  double shift_s_;
  uint64_t count_;
  uint64_t generated_ = 0;
};

// numpy.random.seed(seed)
// numpy.random.exponential(scale=1.0/rate, size=int(2*duration*rate))
// Takes libm's log, as numpy does: the only way to its bits.
class FaasProfilerPoissonProcess {
 public:
  explicit FaasProfilerPoissonProcess(const ArrivalSpec& spec)
      : rng_(Mt19937::SeededLikeNumpy(spec.seed)),
        scale_s_(1.0 / spec.rate.first_per_s()),
        left_(static_cast<uint64_t>(2 * spec.duration_s *
                                    spec.rate.first_per_s())) {}

  double NextTime() {
    if (left_ == 0) return std::numeric_limits<double>::infinity();
    --left_;
    time_s_ += scale_s_ * -std::log(1.0 - rng_.Uniform());
    return time_s_;
  }

 private:
  Mt19937 rng_;
  double scale_s_;
  uint64_t left_;
  double time_s_ = 0;
};

// random.seed(seed); shift = random.random() / rate
// int(duration * rate) gaps of 1.0 / rate, the first of them + shift
class FaasProfilerUniformProcess {
 public:
  explicit FaasProfilerUniformProcess(const ArrivalSpec& spec)
      : gap_s_(1.0 / spec.rate.first_per_s()),
        next_gap_s_(gap_s_ + Mt19937::SeededLikePython(spec.seed).Uniform() /
                                 spec.rate.first_per_s()),
        left_(
            static_cast<uint64_t>(spec.duration_s * spec.rate.first_per_s())) {}

  double NextTime() {
    if (left_ == 0) return std::numeric_limits<double>::infinity();
    --left_;
    time_s_ += std::exchange(next_gap_s_, gap_s_);
    return time_s_;
  }

 private:
  double gap_s_;
  double next_gap_s_;
  uint64_t left_;
  double time_s_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_ARRIVALS_CONSTANT_PROCESS_H_
