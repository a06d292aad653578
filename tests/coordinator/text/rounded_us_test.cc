#include "coordinator/text/rounded_us.h"

#include <gtest/gtest.h>

namespace invocator {
namespace {

std::string Rounded(int64_t ns) {
  std::string text;
  AppendRoundedUs(ns, text);
  return text;
}

TEST(RoundedUs, HasFourSignificantDigits) {
  EXPECT_EQ(Rounded(0), "0");
  EXPECT_EQ(Rounded(7), "0.007");
  EXPECT_EQ(Rounded(510), "0.51");
  EXPECT_EQ(Rounded(9'999), "9.999");
  EXPECT_EQ(Rounded(20'037), "20.04");
  EXPECT_EQ(Rounded(20'000), "20");
  EXPECT_EQ(Rounded(20'004), "20");
  EXPECT_EQ(Rounded(20'005), "20.01");
  EXPECT_EQ(Rounded(99'996), "100");
  EXPECT_EQ(Rounded(20'037'631), "20040");
  EXPECT_EQ(Rounded(12'345'678'901), "12350000");
  EXPECT_EQ(Rounded(3'600'000'000'000), "3600000000");
}

}  // namespace
}  // namespace invocator
