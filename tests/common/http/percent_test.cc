#include "common/http/percent.h"

#include <gtest/gtest.h>

#include <string>

namespace invocator {
namespace {

// RFC 3986, 2.3.
constexpr char kUnreserved[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

TEST(PercentTest, EncodesAllButTheUnreserved) {
  EXPECT_EQ(PercentEncode(kUnreserved), kUnreserved);
  EXPECT_EQ(PercentEncode("a b/c%d+\xc3\xa9"), "a%20b%2Fc%25d%2B%C3%A9");
  EXPECT_EQ(PercentEncode(std::string("\0\x7f\xff", 3)), "%00%7F%FF");
  EXPECT_EQ(PercentEncode(""), "");
}

TEST(PercentTest, LeavesWhatMayStay) {
  EXPECT_EQ(PercentEncode("/a b/", [](char c) { return c != ' '; }), "/a%20b/");
}

TEST(PercentTest, DecodesEscapesInEitherCase) {
  EXPECT_EQ(PercentDecode("%2f%2F%c3%A9"), "//\xc3\xa9");
}

TEST(PercentTest, WhatIsNoEscapeStays) {
  EXPECT_EQ(PercentDecode("100%, %4, %zz, %"), "100%, %4, %zz, %");
}

TEST(PercentTest, EveryByteComesBack) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(PercentDecode(PercentEncode(all)), all);
}

}  // namespace
}  // namespace invocator
