#include "worker/exchange/plain_head.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

constexpr absl::string_view kOfGateway =
    "HTTP/1.1 200 OK\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n"
    "Content-Type: application/json\r\nContent-Length: 18\r\n"
    "Connection: keep-alive\r\nx-amzn-RequestId: 3f1d9b3e\r\n\r\n";

std::optional<PlainHead> Read(absl::string_view answer) {
  ResponseFacts facts;
  return ReadPlainHead(answer, nullptr, facts);
}

TEST(PlainHeadTest, TheHeadOfAGatewayIsRead) {
  ResponseFacts facts;
  const auto head = ReadPlainHead(absl::StrCat(kOfGateway, "{\"statusCode\""),
                                  nullptr, facts);
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->bytes, kOfGateway.size());
  EXPECT_EQ(head->content_length, 18u);
  EXPECT_EQ(facts.status, 200);
  EXPECT_EQ(facts.request_id.view(), "3f1d9b3e");
}

TEST(PlainHeadTest, UsualHeadsAreRead) {
  const struct {
    const char* head;
    uint64_t length;
  } cases[] = {
      {"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", 0},
      {"HTTP/1.1 404 Not Found\r\ncontent-length:7\r\n\r\n", 7},
      {"HTTP/1.1 500 Oh\r\nCONTENT-LENGTH:   0012  \r\n\r\n", 12},
      {"HTTP/1.1 999 x\r\nContent-Length: 999999999999999999\r\n\r\n",
       999'999'999'999'999'999},
      {"HTTP/1.1 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n"
       "Empty:\r\n!#$%&'*+-.^_`|~9: ;\r\n\r\n",
       1},
      {"HTTP/1.1 200 OK\r\nUpgrade: h2c\r\nContent-Length: 1\r\nA:\r\n\r\n", 1},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.head);
    const auto head = Read(c.head);
    ASSERT_TRUE(head.has_value());
    EXPECT_EQ(head->bytes, absl::string_view(c.head).size());
    EXPECT_EQ(head->content_length, c.length);
  }
}

TEST(PlainHeadTest, AllElseIsLeftToTheParser) {
  const char* const heads[] = {
      "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n",
      "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\n",
      "HTTP/1.1 20 OK\r\nContent-Length: 1\r\n\r\n",
      "HTTP/1.1 2000\r\nContent-Length: 1\r\n\r\n",
      "http/1.1 200 OK\r\nContent-Length: 1\r\n\r\n",
      "HTTP/1.1 100 Continue\r\nContent-Length: 1\r\n\r\n",
      "HTTP/1.1 101 x\r\nContent-Length: 1\r\n\r\n",
      "HTTP/1.1 099 x\r\nContent-Length: 1\r\n\r\n",
      "HTTP/1.1 204 No Content\r\nContent-Length: 1\r\n\r\n",
      "HTTP/1.1 304 x\r\nContent-Length: 1\r\n\r\n",
      "HTTP/1.1 200 O\tK\r\nContent-Length: 1\r\n\r\n",
      "HTTP/1.1 200 \xc3\x9c\r\nContent-Length: 1\r\n\r\n",
      "HTTP/1.1 200 OK\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000000000\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: x\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: a, close\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nproxy-connection: close\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nA: b\r\n c\r\n\r\n",
      "HTTP/1.1 200 OK\r\n A: b\r\nContent-Length: 1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nA: \x01\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nA: \x7f\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nA: \tb\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nA: b\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nA: b\r\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nA b\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n: b\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nA@: b\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\rA: b\r\n\r\n",
      "HTTP/1.1 200 OK\nContent-Length: 1\n\n",
  };
  for (const char* head : heads) {
    EXPECT_FALSE(Read(head).has_value()) << head;
  }
  const absl::string_view zero = "HTTP/1.1 200 OK\r\nA:";
  EXPECT_FALSE(Read(absl::StrCat(zero, absl::string_view("\0", 1),
                                 "\r\nContent-Length: 1\r\n\r\n"))
                   .has_value());
}

TEST(PlainHeadTest, AHeadWithoutItsEndIsLeft) {
  for (size_t cut = 0; cut < kOfGateway.size(); ++cut) {
    EXPECT_FALSE(Read(kOfGateway.substr(0, cut)).has_value()) << cut;
    // Nothing behind the cut may be looked at.
    const std::string copy(kOfGateway.substr(0, cut));
    EXPECT_FALSE(Read(copy).has_value()) << cut;
  }
}

TEST(PlainHeadTest, LongHeadsAreLeft) {
  const auto head_of = [](size_t bytes) {
    return absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nA: ",
                        std::string(bytes, 'a'), "\r\n\r\n");
  };
  EXPECT_TRUE(Read(head_of(60'000)).has_value());
  EXPECT_FALSE(Read(head_of(70'000)).has_value());
}

}  // namespace
}  // namespace invocator
