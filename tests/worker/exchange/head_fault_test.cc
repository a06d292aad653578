#include "worker/exchange/head_fault.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace invocator {
namespace {

using testing::HasSubstr;

constexpr char kStatus[] = "HTTP/1.1 200 OK\r\n";  // 17 bytes

TEST(HeadFaultTest, PlaceAndRuleAreNamed) {
  const struct {
    std::string head;
    size_t offset;
    const char* rule;
  } cases[] = {
      {"HTTP/1.1 200 OK\nA: b\n\n", 15, "CR LF"},
      {std::string(kStatus) + "A: b\nC: d\r\n\r\n", 21, "CR LF"},
      {std::string(kStatus) + "A: b\r\n\n", 23, "CR LF"},
      {std::string(kStatus) + "Name : b\r\n\r\n", 21, "header's colon"},
      {std::string(kStatus) + "Name\t : b\r\n\r\n", 21, "header's colon"},
      {std::string(kStatus) + "A: b\x1b[31m\r\n\r\n", 21, "0x1B"},
      {std::string(kStatus) + "A: b\x7f\r\n\r\n", 21, "0x7F"},
      {std::string(kStatus) + "A: b\rc\r\n\r\n", 21, "0x0D"},
      {std::string(kStatus) + "A: 1\r\n b\x01\r\n\r\n", 25, "0x01"},
      {std::string(kStatus) + "a name: b\r\n\r\n", 18, "0x20"},
      {std::string(kStatus) + "na(me: b\r\n\r\n", 19, "0x28"},
      {std::string(kStatus) + ": b\r\n\r\n", 17, "a name"},
      {std::string(kStatus) + "word\r\n\r\n", 21, "a colon"},
      {"HTTP/2 200\r\n", 5, "HTTP/1.0 or HTTP/1.1"},
      {"HTTP/1.2 200 OK\r\n", 7, "HTTP/1.0 or HTTP/1.1"},
      {"HTTP/1.\r\n", 7, "HTTP/1.0 or HTTP/1.1"},
      {"HTTP\r\n", 4, "HTTP/1.0 or HTTP/1.1"},
      {"220 mail ESMTP\r\n", 0, "HTTP/1.0 or HTTP/1.1"},
      {"220 mail", 0, "HTTP/1.0 or HTTP/1.1"},
      {"HTTP/1.1\r\n", 8, "one blank"},
      {"HTTP/1.1  200 OK\r\n", 9, "three digits"},
      {"HTTP/1.1 20\r\n", 11, "three digits"},
      {"HTTP/1.1 2x0 OK\r\n", 10, "three digits"},
      {"HTTP/1.1 2000 OK\r\n", 12, "three digits"},
      {"HTTP/1.1 099 OK\r\n", 9, "below 100"},
      {"HTTP/1.1 200 O\x1bK\r\n", 14, "0x1B"},
  };
  for (const auto& c : cases) {
    const auto fault = FindHeadFault(c.head, true);
    ASSERT_TRUE(fault) << c.head;
    EXPECT_EQ(fault->offset, c.offset) << c.head;
    EXPECT_THAT(fault->rule, HasSubstr(c.rule)) << c.head;
  }
}

TEST(HeadFaultTest, WhatIsGoodOrStillToComeIsNoFault) {
  for (const char* head :
       {"", "H", "HTTP/1.1 2", "HTTP/1.0 200\r\n", "HTTP/1.1 200 \r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\tc\r\nB:\r\n c\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA", "HTTP/1.1 200 OK\r\n\r\n\n\n\x01",
        "HTTP/1.1 999 \xff\r\n\r\n",
        "HTTP/1.1 100 Hm\r\nA!#$%&'*+-.^_`|~09zZ: b\r\n"}) {
    EXPECT_FALSE(FindHeadFault(head, true)) << head;
  }
  EXPECT_FALSE(FindHeadFault("A: b\r\n\r\n", false));
  EXPECT_TRUE(FindHeadFault("A b\r\n\r\n", false));
}

}  // namespace
}  // namespace invocator
