// Natural logarithm with the same bits on every machine. libm's last bit
// differs between versions, and within a version between CPUs with and without
// FMA; two workers would then disagree about a schedule.
#ifndef INVOCATOR_COMMON_ARRIVALS_PORTABLE_LOG_H_
#define INVOCATOR_COMMON_ARRIVALS_PORTABLE_LOG_H_

#include <bit>
#include <cstdint>

#ifdef __FAST_MATH__
#error "schedules need IEEE arithmetic: build without -ffast-math"
#endif

namespace invocator {

// Within 1 ulp of ln(x). REQUIRES: x is positive, finite and not subnormal.
// Uses only operations IEEE 754 rounds exactly; the build forbids the compiler
// from fusing them (-ffp-contract=off).
//
// With x = 2^k (1 + f), 1 + f in [sqrt(1/2), sqrt(2)), and s = f / (2 + f):
// ln(1 + f) = 2 atanh(s) = 2s + 2s^3/3 + 2s^5/5 + ..., arranged as fdlibm's
// e_log.c does so that f, which is exact, is the leading term. s^2 <= 0.0295,
// so the terms left out are below 2^-60 of the result.
inline double PortableLog(double x) {
  constexpr uint64_t kSqrtHalfBits = 0x3fe6a09e667f3bcd;
  constexpr double kLn2High = 0x1.62e42feep-1;  // 32 bits: k times it is exact
  constexpr double kLn2Low = 0x1.a39ef35793c76p-33;

  const uint64_t bits = std::bit_cast<uint64_t>(x);
  const int64_t exponent = static_cast<int64_t>(bits - kSqrtHalfBits) >> 52;
  const double mantissa =
      std::bit_cast<double>(bits - (static_cast<uint64_t>(exponent) << 52));
  const double k = static_cast<double>(exponent);
  const double f = mantissa - 1;
  const double s = f / (2 + f);
  const double z = s * s;
  const double w = z * z;
  // Odd and even powers of z apart: two short dependency chains, not one long.
  const double odd =
      z *
      (2. / 3 + w * (2. / 7 + w * (2. / 11 + w * (2. / 15 + w * (2. / 19)))));
  const double even =
      w *
      (2. / 5 + w * (2. / 9 + w * (2. / 13 + w * (2. / 17 + w * (2. / 21)))));
  const double half_square = 0.5 * f * f;
  const double correction = s * (half_square + (odd + even)) + k * kLn2Low;
  return k * kLn2High - ((half_square - correction) - f);
}

}  // namespace invocator

#endif  // INVOCATOR_COMMON_ARRIVALS_PORTABLE_LOG_H_
