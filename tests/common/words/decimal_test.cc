#include "common/words/decimal.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <string>

namespace invocator {
namespace {

TEST(Decimal, IsDigitsAndAPointBetweenThem) {
  for (const char* text : {"0", "12", "0.5", "007", "1.50"}) {
    EXPECT_TRUE(IsDecimal(text)) << text;
  }
  for (const char* text : {"", ".", ".5", "5.", "1.2.3", "-1", "+1", "1e3",
                           " 1", "1,5", "nan", "inf", "0x1", "\xD9\xA1"}) {
    EXPECT_FALSE(IsDecimal(text)) << text;
  }
}

TEST(Decimal, HasTheDecimalsThatAreInUse) {
  EXPECT_EQ(DecimalsOf("300"), 0u);
  EXPECT_EQ(DecimalsOf("300.000"), 0u);
  EXPECT_EQ(DecimalsOf("0.50"), 1u);
  EXPECT_EQ(DecimalsOf("0.0105"), 4u);
}

TEST(Decimal, ScalesExactlyOrNotAtAll) {
  EXPECT_EQ(ScaledDecimal("99.9", 6), 99'900'000);
  EXPECT_EQ(ScaledDecimal("0.000001", 6), 1);
  EXPECT_EQ(ScaledDecimal("0.0000010", 6), 1);
  EXPECT_EQ(ScaledDecimal("0.0000001", 6), std::nullopt);
  EXPECT_EQ(ScaledDecimal("9223372036.854775807", 9), INT64_MAX);
  EXPECT_EQ(ScaledDecimal("9223372036.854775808", 9), std::nullopt);
  EXPECT_EQ(ScaledDecimal(std::string(1'000, '9'), 0), std::nullopt);
  EXPECT_EQ(ScaledDecimal(std::string(1'000, '0') + "7", 0), 7);
}

TEST(Decimal, IsTheShortestThatReadsAsTheValue) {
  EXPECT_EQ(DecimalText(0), "0");
  EXPECT_EQ(DecimalText(99.9), "99.9");
  EXPECT_EQ(DecimalText(1e15), "1000000000000000");
  EXPECT_EQ(DecimalText(1e-9), "0.000000001");
  EXPECT_EQ(DecimalText(std::numeric_limits<double>::denorm_min()).size(),
            326u);
  std::mt19937_64 random(1);
  for (int i = 0; i < 1'000; ++i) {
    const double value = std::ldexp(static_cast<double>(random()),
                                    static_cast<int>(random() % 80) - 100);
    EXPECT_EQ(std::stod(DecimalText(value)), value);
  }
}

}  // namespace
}  // namespace invocator
