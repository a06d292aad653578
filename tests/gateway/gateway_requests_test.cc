// Requests as the gateway's server reads them: their syntax and their limits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tests/support/gateway_fixture.h"
#include "tests/support/raw_client.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// One suite, in two files.
using GatewayServerTest = GatewayFixture;

TEST_F(GatewayServerTest, RequestMayArriveByteByByte) {
  StartServer();
  RawClient client(port_);
  for (char c : std::string(kCall)) client.Send(absl::string_view(&c, 1));
  EXPECT_THAT(client.ReadResponse(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(GatewayServerTest, GarbageIsRefusedAndServingGoesOn) {
  StartServer();
  std::mt19937 generator(1);
  for (int round = 0; round < 50; ++round) {
    std::string garbage(1 + generator() % 3000, '\0');
    for (char& c : garbage) c = static_cast<char>(generator());
    RawClient client(port_);
    client.Send(garbage);
    client.Send("\r\n\r\n");
    std::string response = client.ReadResponse();
    EXPECT_THAT(response, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  }
  EXPECT_THAT(Ask(kPing), HasSubstr("healthy"));
}

TEST_F(GatewayServerTest, MalformedRequestsAreRefused) {
  StartServer();
  for (std::string request :
       {"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET http://h/a/b HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET * HTTP/1.1\r\nHost: h\r\n\r\n", "GET /a/b HTTP/1.1\r\n\r\n",
        "GET /a/b HTTP/1.1\r\nHost: h\r\nHost: g\r\n\r\n",
        "GET /a/b HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n",
        "GET /a/b HTTP/1.1\r\nHost: a b/c\r\n\r\n",
        "GET /a/b HTTP/1.1\r\nHost: a@b\r\n\r\n",
        "GET /a/b HTTP/9.9\r\nHost: h\r\n\r\n",
        "POST /a/b HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
        "POST /a/b HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n"
        "Content-Length: 2\r\n\r\n",
        "POST /a/b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        "zz\r\n",
        "POST /a/b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        "ffffffffffffffffff\r\n"}) {
    EXPECT_THAT(Ask(request), StartsWith("HTTP/1.1 400 Bad Request\r\n"))
        << request;
  }
}

std::string CallWithHeaderOf(size_t bytes) {
  return absl::StrCat("GET /a/b HTTP/1.1\r\nHost: h\r\nX: ",
                      std::string(bytes, 'x'), "\r\n\r\n");
}

TEST_F(GatewayServerTest, HeadersMayHave10240Bytes) {
  StartServer();
  // "Host: h\r\n" and "X: \r\n" are 14 bytes.
  EXPECT_THAT(Ask(CallWithHeaderOf(10'240 - 14)), StartsWith("HTTP/1.1 200"));
  for (size_t bytes : {10'240u - 13u, 30'000u, 3'000'000u}) {
    EXPECT_THAT(Ask(CallWithHeaderOf(bytes)), StartsWith("HTTP/1.1 431"))
        << bytes;
  }
}

TEST_F(GatewayServerTest, LongTargetIsRefused) {
  StartServer();
  EXPECT_THAT(Ask(absl::StrCat("GET /a/", std::string(8192, 'b'),
                               " HTTP/1.1\r\nHost: h\r\n\r\n")),
              StartsWith("HTTP/1.1 414"));
}

std::string CallWithBodyOf(size_t bytes) {
  return absl::StrCat("POST /a/b HTTP/1.1\r\nHost: h\r\nContent-Length: ",
                      bytes, "\r\n\r\n", std::string(bytes, 'x'));
}

TEST_F(GatewayServerTest, BodyMayHave10Megabytes) {
  StartServer();
  RawClient client(port_);
  ASSERT_TRUE(client.Send(CallWithBodyOf(10 * 1024 * 1024)));
  EXPECT_THAT(client.ReadResponse(), StartsWith("HTTP/1.1 200"));
}

TEST_F(GatewayServerTest, LargerBodyIsRefusedAndItsSenderReadsTheAnswer) {
  StartServer();
  const std::string chunked = absl::StrCat(
      "POST /a/b HTTP/1.1\r\nHost: h\r\n"
      "Transfer-Encoding: chunked\r\n\r\nb00000\r\n",
      std::string(0xb00000, 'x'), "\r\n0\r\n\r\n");
  for (const std::string& request :
       {CallWithBodyOf(11 * 1024 * 1024), chunked}) {
    RawClient client(port_);
    ASSERT_TRUE(client.Send(request));
    std::string response = client.ReadResponse();
    EXPECT_THAT(response, AllOf(StartsWith("HTTP/1.1 413"),
                                HasSubstr("RequestTooLargeException"),
                                HasSubstr("Request Too Long")));
    EXPECT_TRUE(client.AtEnd());
  }
}

TEST_F(GatewayServerTest, ChunkedBodyIsRead) {
  StartServer();
  EXPECT_THAT(Ask("POST /a/b HTTP/1.1\r\nHost: h\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 200"));
}

TEST_F(GatewayServerTest, ExpectContinueIsAnsweredBeforeTheBody) {
  StartServer();
  RawClient client(port_);
  client.Send(
      "POST /a/b HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n"
      "Expect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.ReadResponse(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("{}");
  EXPECT_THAT(client.ReadResponse(), StartsWith("HTTP/1.1 200"));
}

TEST_F(GatewayServerTest, HeadHasNoBody) {
  StartServer();
  RawClient client(port_);
  client.Send("HEAD /a/b HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.ReadResponse(/*head=*/true), StartsWith("HTTP/1.1 200"));
  client.Send(kPing);
  EXPECT_THAT(client.ReadResponse(), StartsWith("HTTP/1.1 200"));
}

TEST_F(GatewayServerTest, WhatProxiesReadInTwoWaysIsRefused) {
  StartServer();
  for (const char* lines :
       {"Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding:\r\n",
        "Transfer-Encoding: chunked;a=b\r\n",
        "Transfer-Encoding: \"chunked\"\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n",
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Content-Length: +2\r\n",
        "Content-Length: 2\r\nContent-Length: 2\r\n",
        "Content-Length: 2, 2\r\n",
        "Content-Length:\r\n",
        "Content-Length: 0x2\r\n",
        "Content-Length: 2 2\r\n",
        "Content-Length: 2.0\r\n",
        "Content-Length: 18446744073709551618\r\n",
        "A: b\r\n c\r\nContent-Length: 2\r\n",
        "A: b\r\n\tc\r\nContent-Length: 2\r\n",
        "Content-Length: 2\r\n \r\n",
        "A: b\nContent-Length: 2\r\n",
        "A: b\rContent-Length: 2\r\nContent-Length: 2\r\n",
        "A: b\x01\r\nContent-Length: 2\r\n",
        "A : b\r\nContent-Length: 2\r\n",
        "host: h\r\nContent-Length: 2\r\n"}) {
    EXPECT_THAT(
        Ask(absl::StrCat("POST /a/b HTTP/1.1\r\nHost: h\r\n", lines, "\r\n{}")),
        StartsWith("HTTP/1.1 400 Bad Request\r\n"))
        << lines;
  }
  EXPECT_THAT(Ask("POST /a/b HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "2\r\n{}\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 400 Bad Request\r\n"));
}

TEST_F(GatewayServerTest, WhatIsPlainInAnotherFormIsServed) {
  StartServer();
  for (const char* rest :
       {"Transfer-Encoding: Chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "transfer-encoding:  chunked \r\n\r\n0\r\n\r\n",
        "Content-Length: 02\r\n\r\n{}", "Content-Length: 3\r\n\r\n\n {",
        "A: b\tc  d\r\nContent-Length: 0\r\n\r\n"}) {
    EXPECT_THAT(Ask(absl::StrCat("POST /a/b HTTP/1.1\r\nHost: h\r\n", rest)),
                StartsWith("HTTP/1.1 200 OK\r\n"))
        << rest;
  }
}

}  // namespace
}  // namespace invocator
