// Exponential function, and sine of a fraction of a turn, with the same bits on
// every machine; see portable_log.h.
#ifndef INVOCATOR_COMMON_ARRIVALS_PORTABLE_EXP_H_
#define INVOCATOR_COMMON_ARRIVALS_PORTABLE_EXP_H_

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#ifdef __FAST_MATH__
#error "schedules need IEEE arithmetic: build without -ffast-math"
#endif

namespace invocator {

// Within 1 ulp of e^x; 0 where the result is subnormal, infinity where it
// overflows. Uses only operations IEEE 754 rounds exactly.
//
// With x = k ln 2 + r, |r| <= ln(2) / 2: e^r = 1 + 2r / (c(r) - r), where
// c(r) = r coth(r / 2) = 2 + r^2/6 - r^4/360 + ... has Bernoulli's numbers for
// coefficients and only even powers. The terms left out are below 2^-60.
inline double PortableExp(double x) {
  constexpr double kMost = 709.78271289338397;    // ln of the largest double
  constexpr double kLeast = -708.39641853226408;  // ln of the least normal one
  constexpr double kPerLn2 = 0x1.71547652b82fep+0;
  constexpr double kLn2High = 0x1.62e42feep-1;  // 32 bits: k times it is exact
  constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
  if (x > kMost) return std::numeric_limits<double>::infinity();
  if (!(x >= kLeast)) return 0;
  const auto k = static_cast<int64_t>(x * kPerLn2 + (x < 0 ? -0.5 : 0.5));
  const double high = x - static_cast<double>(k) * kLn2High;
  const double low = static_cast<double>(k) * kLn2Low;
  const double r = high - low;
  const double z = r * r;
  const double c =
      r -
      z * (1. / 6 -
           z * (1. / 360 -
                z * (1. / 15120 -
                     z * (1. / 604800 - z * (1. / 23950080 -
                                             z * (691. / 653837184000. -
                                                  z * (1. / 37362124800.)))))));
  const double y = 1 - ((low - r * c / (2 - c)) - high);
  // 2^k in two factors: 2^1024 is no double.
  const auto power = [](int64_t exponent) {
    return std::bit_cast<double>(static_cast<uint64_t>(exponent + 1023) << 52);
  };
  const int64_t half = k / 2;
  return y * power(half) * power(k - half);
}

// sin(2 pi turns) within 2e-16. REQUIRES: |turns| < 2^50
inline double PortableSineOfTurns(double turns) {
  // Exact: the fraction of a turn, then its distance from the nearest quarter.
  double fraction = turns - std::floor(turns);
  const auto quarter = static_cast<int>(std::floor(fraction * 4 + 0.5));
  fraction -= quarter * 0.25;
  const double a = fraction * 0x1.921fb54442d18p+2;  // 2 pi
  const double z = a * a;
  const double sine =
      a *
      (1 -
       z / 6 *
           (1 -
            z / 20 *
                (1 -
                 z / 42 *
                     (1 -
                      z / 72 *
                          (1 - z / 110 *
                                   (1 - z / 156 *
                                            (1 - z / 210 * (1 - z / 272))))))));
  const double cosine =
      1 -
      z / 2 *
          (1 -
           z / 12 *
               (1 - z / 30 *
                        (1 - z / 56 *
                                 (1 - z / 90 *
                                          (1 - z / 132 *
                                                   (1 - z / 182 *
                                                            (1 - z / 240)))))));
  switch (quarter % 4) {
    case 0:
      return sine;
    case 1:
      return cosine;
    case 2:
      return -sine;
    default:
      return -cosine;
  }
}

}  // namespace invocator

#endif  // INVOCATOR_COMMON_ARRIVALS_PORTABLE_EXP_H_
