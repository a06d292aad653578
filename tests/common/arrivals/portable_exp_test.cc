#include "common/arrivals/portable_exp.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "common/arrivals/portable_log.h"
#include "common/arrivals/rng.h"

namespace invocator {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double Ulp(double x) { return std::nextafter(x, kInfinity) - x; }

// Values by Python's decimal with 60 digits: Decimal(x).exp().
TEST(PortableExpTest, IsWithinAnUlpOfDecimals) {
  const struct {
    double x;
    double expected;
  } kRows[] = {
      {0, 1},
      {1.0, 2.718281828459045235360287},
      {-1.0, 3.678794411714423215955238e-1},
      {0.5, 1.648721270700128146848651},
      {1e-10, 1.000000000100000000005000},
      {-1e-300, 1},
      {100.0, 2.688117141816135448412626e+43},
      {-100.0, 3.720075976020835962959696e-44},
      // The last of the range, and on both sides of ln(2) / 2.
      {709.782712893384, 1.797693134862273217839650e+308},
      {-708.396418532264, 2.225073858507515479532401e-308},
      {0.34657359027997264, 1.414213562373095032403551},
      {-0.34657359027997264, 7.071067811865475325999130e-1},
      {300.7, 3.911566412479152604959492e+130},
      {-45.123456789, 2.530065194237914497940193e-20},
      {0x1p-60, 1.000000000000000000867362},
  };
  for (const auto& row : kRows) {
    EXPECT_NEAR(PortableExp(row.x), row.expected, Ulp(row.expected)) << row.x;
  }
}

// The system's exponential of more bits is no relative of ours.
TEST(PortableExpTest, IsWithinAnUlpOfTheSystemsLongDouble) {
  StreamRng rng(1, "exp");
  for (int i = 0; i < 1'000'000; ++i) {
    // Over the whole range, and near 0, where gaps have their exponents.
    const double x =
        i % 2 == 0 ? 1417 * rng.Uniform() - 708 : 8 * rng.Uniform() - 4;
    const long double expected = std::exp(static_cast<long double>(x));
    const long double error = PortableExp(x) - expected;
    ASSERT_LE(std::abs(error), Ulp(static_cast<double>(expected))) << x;
  }
}

TEST(PortableExpTest, EndsInZeroAndInfinity) {
  EXPECT_EQ(PortableExp(709.79), kInfinity);
  EXPECT_EQ(PortableExp(kInfinity), kInfinity);
  EXPECT_EQ(PortableExp(1e308), kInfinity);
  EXPECT_EQ(PortableExp(-708.3965), 0);
  EXPECT_EQ(PortableExp(-1e308), 0);
  EXPECT_EQ(PortableExp(-kInfinity), 0);
  EXPECT_EQ(PortableExp(std::numeric_limits<double>::quiet_NaN()), 0);
  EXPECT_TRUE(std::isfinite(PortableExp(709.782712893384)));
}

TEST(PortableExpTest, OfNegativeNumbersIsNeverAboveOne) {
  for (double x = 0x1p-1074; x < 1; x *= 1.3) {
    ASSERT_LE(PortableExp(-x), 1) << x;
    ASSERT_GE(PortableExp(x), 1) << x;
    if (x * 1.3 == x) x *= 2;  // subnormal
  }
}

// The same on every machine: compared as bits with what x86-64 computes.
TEST(PortableExpTest, BitsAreThoseOfEveryMachine) {
  double sum = 0;
  StreamRng rng(2, "bits");
  for (int i = 0; i < 100'000; ++i) sum += PortableExp(rng.Uniform() * 3 - 2);
  EXPECT_EQ(sum, 0x1.5160e46677f89p+16);
  sum = 0;
  for (int i = 0; i < 100'000; ++i) sum += PortableSineOfTurns(rng.Uniform());
  EXPECT_EQ(sum, 0x1.dd94c28a9d0dcp+7);
  sum = 0;
  for (int i = 0; i < 100'000; ++i) sum += PortableLog(1 - rng.Uniform());
  EXPECT_EQ(sum, -0x1.87119a91a6f44p+16);
}

// By Machin's pi and the power series in decimals of 60 digits.
TEST(PortableSineTest, EqualsDecimals) {
  const struct {
    double turns;
    double expected;
  } kRows[] = {
      {0, 0},
      {0.125, 7.071067811865475244008444e-1},
      {0.25, 1},
      {1.0 / 3, 8.660254037844387048948648e-1},
      {0.5, 0},
      {0.7, -9.510565162951534858915881e-1},
      {0.75, -1},
      {0.999, -6.283143965558956830214751e-3},
      {1e-9, 6.283185307179586826910365e-9},
      {-0.1, -5.877852522924731573861548e-1},
      {123456.789, -9.701265964835401399321914e-1},
      {1.0 / 360, 1.745240643728351348540353e-2},
      {-1e-17, -6.283185307179586926439594e-17},
  };
  for (const auto& row : kRows) {
    EXPECT_NEAR(PortableSineOfTurns(row.turns), row.expected, 2e-16)
        << row.turns;
  }
}

TEST(PortableSineTest, IsWithinItsBoundOfTheSystemsLongDouble) {
  StreamRng rng(3, "sine");
  const long double two_pi = 2 * std::acos(-1.0L);
  for (int i = 0; i < 1'000'000; ++i) {
    const double turns = rng.Uniform();
    ASSERT_NEAR(PortableSineOfTurns(turns),
                static_cast<double>(std::sin(two_pi * turns)), 2.3e-16)
        << turns;
  }
}

}  // namespace
}  // namespace invocator
