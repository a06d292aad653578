#include "coordinator/shapes/timestamp_text.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>

namespace invocator {
namespace {

std::optional<int64_t> Seconds(const std::string& text) {
  return ParseTimestamp(text, TimeUnit::kSeconds);
}
std::optional<int64_t> Iso(const std::string& text) {
  return ParseTimestamp(text, TimeUnit::kIso8601);
}

TEST(ParseTimestampTest, NumbersAreExactDecimals) {
  EXPECT_EQ(Seconds("1.5"), 1'500'000'000);
  EXPECT_EQ(Seconds("0.000000001"), 1);
  EXPECT_EQ(Seconds("-2"), -2'000'000'000);
  EXPECT_EQ(Seconds("+2"), 2'000'000'000);
  EXPECT_EQ(Seconds("0"), 0);
  EXPECT_EQ(Seconds(".5"), 500'000'000);
  EXPECT_EQ(Seconds("5."), 5'000'000'000);
  // No double holds it.
  EXPECT_EQ(Seconds("1700000000.123456789"), 1'700'000'000'123'456'789);
  EXPECT_EQ(Seconds("000000000000000000000000000000001"), 1'000'000'000);
  EXPECT_EQ(ParseTimestamp("1.5", TimeUnit::kMillis), 1'500'000);
  EXPECT_EQ(ParseTimestamp("1.5", TimeUnit::kMicros), 1'500);
  EXPECT_EQ(ParseTimestamp("1.5", TimeUnit::kNanos), 2);
}

TEST(ParseTimestampTest, RoundsToTheNearestHalvesAwayFromZero) {
  EXPECT_EQ(Seconds("0.0000000005"), 1);
  EXPECT_EQ(Seconds("0.00000000049999999999999999999999999999999999999"), 0);
  EXPECT_EQ(Seconds("0.0000000014999"), 1);
  EXPECT_EQ(Seconds("-0.0000000005"), -1);
  EXPECT_EQ(Seconds("0.9999999996"), 1'000'000'000);
  EXPECT_EQ(Seconds(std::string("0.") + std::string(5000, '9')), 1'000'000'000);
}

TEST(ParseTimestampTest, TakesExponents) {
  EXPECT_EQ(Seconds("1.7e9"), 1'700'000'000'000'000'000);
  EXPECT_EQ(Seconds("1E-9"), 1);
  EXPECT_EQ(Seconds("1e-9999"), 0);
  EXPECT_EQ(Seconds("12345e-3"), 12'345'000'000);
  EXPECT_EQ(Seconds("1e300"), std::nullopt);
  EXPECT_EQ(Seconds("0e300"), 0);
  EXPECT_EQ(Seconds("1e99999"), std::nullopt);
  EXPECT_EQ(Seconds("1e"), std::nullopt);
  EXPECT_EQ(Seconds("1e+"), std::nullopt);
}

TEST(ParseTimestampTest, EndsAt64Bits) {
  EXPECT_EQ(ParseTimestamp("9223372036854775807", TimeUnit::kNanos), INT64_MAX);
  EXPECT_EQ(ParseTimestamp("9223372036854775808", TimeUnit::kNanos),
            std::nullopt);
  EXPECT_EQ(ParseTimestamp("9223372036854775807.5", TimeUnit::kNanos),
            std::nullopt);
  EXPECT_EQ(ParseTimestamp("99999999999999999999", TimeUnit::kNanos),
            std::nullopt);
  EXPECT_EQ(Seconds(std::string(400, '9')), std::nullopt);
}

TEST(ParseTimestampTest, RefusesOtherText) {
  for (const char* text :
       {"", " ", "-", "+", ".", "e5", "1 2", "1,5", "0x10", "nan", "inf", "1s",
        "--1", "1.2.3", "2021-01-31T00:00:00"}) {
    EXPECT_EQ(Seconds(text), std::nullopt) << text;
  }
}

// By Python: int(datetime.fromisoformat(...).timestamp()).
TEST(ParseTimestampTest, ReadsIso8601) {
  EXPECT_EQ(Iso("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(Iso("2021-01-31T00:00:00Z"), 1612051200 * int64_t{1'000'000'000});
  EXPECT_EQ(Iso("2021-01-31 00:00:00"), 1612051200 * int64_t{1'000'000'000});
  EXPECT_EQ(Iso("2021-01-31T01:30:00+01:30"),
            1612051200 * int64_t{1'000'000'000});
  EXPECT_EQ(Iso("2021-01-30T19:00:00-0500"),
            1612051200 * int64_t{1'000'000'000});
  EXPECT_EQ(Iso("2023-11-16 18:15:46.6805900"),
            1700158546 * int64_t{1'000'000'000} + 680'590'000);
  EXPECT_EQ(Iso("2024-02-29T23:59:59.9999999995Z"),
            1709251200 * int64_t{1'000'000'000});
  EXPECT_EQ(Iso("1969-12-31T23:59:59.5Z"), -500'000'000);
}

TEST(ParseTimestampTest, RefusesTimesThatDoNotExist) {
  for (const char* text :
       {"2023-02-29T00:00:00Z", "2023-13-01T00:00:00Z", "2023-00-01T00:00:00Z",
        "2023-01-01T24:00:00Z", "2023-01-01T00:60:00Z", "2023-01-01T00:00:60Z",
        "2023-01-01", "2023-01-01T00:00", "2023-01-01T00:00:00.Z",
        "2023-01-01T00:00:00 Z", "2023-01-01T00:00:00+1", "23-01-01T00:00:00Z",
        "2023-01-01T00:00:00+24:00", "9999-01-01T00:00:00Z", "12"}) {
    EXPECT_EQ(Iso(text), std::nullopt) << text;
  }
}

TEST(AtSpeedTest, DividesByTheDecimalAsWritten) {
  constexpr int64_t kLate = int64_t{1} << 55;
  EXPECT_EQ(AtSpeed(3, RatioOf(2), kLate), 2);  // halves up
  EXPECT_EQ(AtSpeed(1, RatioOf(0.5), kLate), 2);
  // No double is 1.1: 11 / 1.1 is 10 all the same.
  EXPECT_EQ(AtSpeed(11'000'000'000'000'001, RatioOf(1.1), kLate),
            10'000'000'000'000'001);
  EXPECT_EQ(AtSpeed(7, RatioOf(3), kLate), 2);
  // By Python: (Fraction(ns) / Fraction("0.3333333333333333") + Fraction(1, 2))
  // // 1, and so on.
  EXPECT_EQ(AtSpeed(86'400'000'000'000, RatioOf(0.3333333333333333), kLate),
            259'200'000'000'000);
  EXPECT_EQ(AtSpeed(1'000'000'000, RatioOf(0.00012345678901234567), kLate),
            8'100'000'072'900);
  EXPECT_EQ(AtSpeed(12'345'678, RatioOf(1.2345678901234567e-06), kLate),
            9'999'999'270'000);
  EXPECT_EQ(AtSpeed(1, RatioOf(1e-6), kLate), 1'000'000);
  EXPECT_EQ(AtSpeed(1'000'000, RatioOf(1e6), kLate), 1);
  EXPECT_EQ(AtSpeed(UINT64_MAX, RatioOf(1e-6), kLate), std::nullopt);
  EXPECT_EQ(AtSpeed(10, RatioOf(1), 10), std::nullopt);
  EXPECT_EQ(AtSpeed(9, RatioOf(1), 10), 9);
}

}  // namespace
}  // namespace invocator
