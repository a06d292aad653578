// Draws gaps of mean 1 from a random stream, one class for each law. The same
// stream gives the same gaps on every machine.
//
// Thread-compatible.
#ifndef INVOCATOR_COMMON_ARRIVALS_GAP_SOURCE_H_
#define INVOCATOR_COMMON_ARRIVALS_GAP_SOURCE_H_

#include <cmath>
#include <utility>

#include "common/arrivals/gap_law.h"
#include "common/arrivals/portable_exp.h"
#include "common/arrivals/portable_log.h"
#include "common/arrivals/rng.h"

namespace invocator {

// With mean 1, in [0, 36.8): 1 - u is exact and not 0.
inline double DrawExponential(StreamRng& rng) {
  return -PortableLog(1 - rng.Uniform());
}

// Standard normal numbers, two at a time, by Marsaglia's polar method
// (Marsaglia and Bray, SIAM Review 1964): a logarithm and a root, both
// portable.
class NormalSource {
 public:
  double Next(StreamRng& rng) {
    if (std::exchange(has_spare_, false)) return spare_;
    while (true) {
      const double x = 2 * rng.Uniform() - 1;
      const double y = 2 * rng.Uniform() - 1;
      const double s = x * x + y * y;
      // Below 1e-300, log(s) / s would overflow.
      if (s >= 1 || s < 1e-300) continue;
      const double factor = std::sqrt(-2 * PortableLog(s) / s);
      spare_ = y * factor;
      has_spare_ = true;
      return x * factor;
    }
  }

 private:
  double spare_ = 0;
  bool has_spare_ = false;
};

struct ExponentialGaps {
  explicit ExponentialGaps(const GapLaw& /*law*/) {}
  double Next(StreamRng& rng) { return DrawExponential(rng); }
};

// Gaps of 1, the first longer by a shift in [0, 1).
class ConstantGaps {
 public:
  explicit ConstantGaps(const GapLaw& /*law*/) {}
  double Next(StreamRng& rng) {
    if (std::exchange(shifted_, true)) return 1;
    return 1 + rng.Uniform();
  }

 private:
  bool shifted_ = false;
};

// Marsaglia and Tsang, "A simple method for generating gamma variables", ACM
// TOMS 2000; shapes below 1 by their Gamma(a) = Gamma(a + 1) u^(1/a).
class GammaGapSource {
 public:
  explicit GammaGapSource(const GapLaw& law)
      : shape_(law.shape),
        d_((shape_ < 1 ? shape_ + 1 : shape_) - 1. / 3),
        c_(1 / std::sqrt(9 * d_)) {}

  double Next(StreamRng& rng) {
    const double gap = DrawAboveOne(rng) / shape_;
    if (shape_ >= 1) return gap;
    return gap * PortableExp(-DrawExponential(rng) / shape_);
  }

 private:
  double DrawAboveOne(StreamRng& rng) {
    while (true) {
      const double x = normal_.Next(rng);
      const double root = 1 + c_ * x;
      if (root <= 0) continue;
      const double v = root * root * root;
      const double u = 1 - rng.Uniform();
      const double square = x * x;
      if (u < 1 - 0.0331 * square * square ||
          PortableLog(u) < 0.5 * square + d_ * (1 - v + PortableLog(v))) {
        return d_ * v;
      }
    }
  }

  double shape_;
  double d_;
  double c_;
  NormalSource normal_;
};

// scale E^(1/shape)
class WeibullGapSource {
 public:
  explicit WeibullGapSource(const GapLaw& law) : law_(law) {}
  double Next(StreamRng& rng) {
    const double e = DrawExponential(rng);
    if (e <= 0) return 0;
    return law_.scale * PortableExp(PortableLog(e) / law_.shape);
  }

 private:
  GapLaw law_;
};

// e^(sigma N - sigma^2 / 2)
class LognormalGapSource {
 public:
  explicit LognormalGapSource(const GapLaw& law) : sigma_(law.shape) {}
  double Next(StreamRng& rng) {
    return PortableExp(sigma_ * normal_.Next(rng) - 0.5 * sigma_ * sigma_);
  }

 private:
  double sigma_;
  NormalSource normal_;
};

// Type I: minimum u^(-1/alpha)
class ParetoGapSource {
 public:
  explicit ParetoGapSource(const GapLaw& law)
      : alpha_(law.shape), minimum_((alpha_ - 1) / alpha_) {}
  double Next(StreamRng& rng) {
    return minimum_ * PortableExp(DrawExponential(rng) / alpha_);
  }

 private:
  double alpha_;
  double minimum_;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_ARRIVALS_GAP_SOURCE_H_
