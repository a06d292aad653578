#include "common/http/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace invocator {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kHost[] = "abc123.execute-api.us-east-1.amazonaws.com";

Endpoint Make(absl::string_view host, absl::string_view stage,
              absl::string_view resource) {
  const auto endpoint = MakeEndpoint(host, stage, resource);
  EXPECT_TRUE(endpoint.ok()) << endpoint.status();
  return endpoint.value_or(Endpoint{});
}

std::string Error(absl::string_view host, absl::string_view stage,
                  absl::string_view resource) {
  const auto endpoint = MakeEndpoint(host, stage, resource);
  EXPECT_EQ(endpoint.status().code(), absl::StatusCode::kInvalidArgument)
      << host << " " << stage << " " << resource;
  return std::string(endpoint.status().message());
}

TEST(MakeEndpointTest, StageAndResourceAreJoinedByOneSlash) {
  struct Row {
    std::string stage, resource, path;
  };
  for (const Row& row : std::vector<Row>{{"prod", "f", "/prod/f"},
                                         {"prod", "/f", "/prod/f"},
                                         {"/prod", "/f", "/prod/f"},
                                         {"prod", "a/b/c", "/prod/a/b/c"},
                                         {"prod", "f/", "/prod/f/"},
                                         {"prod", "/", "/prod/"},
                                         {"prod", "", "/prod"},
                                         {"", "f", "/f"},
                                         {"", "/", "/"},
                                         {"", "", "/"},
                                         {"a/b", "f", "/a/b/f"}}) {
    EXPECT_EQ(Make(kHost, row.stage, row.resource),
              (Endpoint{kHost, row.path, ""}))
        << row.stage << " " << row.resource;
  }
}

TEST(MakeEndpointTest, QueryIsSplitAtTheFirstQuestionMark) {
  EXPECT_EQ(Make(kHost, "default", "pyaes?format=json"),
            (Endpoint{kHost, "/default/pyaes", "format=json"}));
  EXPECT_EQ(Make(kHost, "default", "?a=b?c"),
            (Endpoint{kHost, "/default", "a=b?c"}));
  EXPECT_EQ(Make(kHost, "", "f?"), (Endpoint{kHost, "/f", ""}));
}

TEST(MakeEndpointTest, EscapesStayAsWrittenAndTheRestIsEncodedUpperCase) {
  EXPECT_EQ(
      Make(kHost, "", "%2f%2F%c3%A4/\xc3\xa4 \"<>[]^`{|}\\#\x01\x7f").path,
      "/%2f%2F%c3%A4/%C3%A4%20%22%3C%3E%5B%5D%5E%60%7B%7C%7D%5C%23"
      "%01%7F");
  EXPECT_EQ(Make(kHost, "", "az09-._~!$&'()*+,;=:@").path,
            "/az09-._~!$&'()*+,;=:@");
  EXPECT_EQ(Make(kHost, "", "f?k=\xc3\xa4 |%2b&v=/?:@$,;!*()'").query,
            "k=%C3%A4%20%7C%2b&v=/?:@$,;!*()'");
}

TEST(MakeEndpointTest, HostIsLowerCasedAndLosesTheDefaultPort) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"API.Example.COM", "api.example.com"},
      {"api.example.com:443", "api.example.com"},
      {"api.example.com:0443", "api.example.com"},
      {"api.example.com:80", "api.example.com:80"},
      {"localhost:8443", "localhost:8443"},
      {"127.0.0.1:9000", "127.0.0.1:9000"},
      {"my_service", "my_service"},
      {"[::1]", "[::1]"},
      {"[2001:DB8::1]:8443", "[2001:db8::1]:8443"},
      {"[::1]:443", "[::1]"}};
  for (const auto& [host, wire] : rows) {
    EXPECT_EQ(Make(host, "", "").host, wire) << host;
  }
}

TEST(MakeEndpointTest, WhatIsNotAHostIsRefusedWithItsValue) {
  const std::vector<std::string> hosts = {"",
                                          "https://example.com",
                                          "example.com/prod",
                                          "user@example.com",
                                          "example.com ",
                                          "exa mple.com",
                                          "example..com",
                                          ".example.com",
                                          "example.com.",
                                          "-a.com",
                                          "a-.com",
                                          "exämple.com",
                                          "example.com\r\nX-Forged: 1",
                                          std::string("a\0b", 3),
                                          "example.com:",
                                          "example.com:0",
                                          "example.com:65536",
                                          "example.com:-1",
                                          "example.com:+1",
                                          "example.com:99999999999",
                                          "example.com:80:80",
                                          "::1",
                                          "[::1",
                                          "[]",
                                          "[example.com]",
                                          "[fe80::1%eth0]",
                                          "[::1]x",
                                          "[::1]:",
                                          std::string(64, 'a') + ".com"};
  for (const std::string& host : hosts) {
    EXPECT_THAT(Error(host, "prod", "f"), HasSubstr("host \"")) << host;
  }
  EXPECT_THAT(
      Error("https://example.com", "", ""),
      AllOf(HasSubstr("\"https://example.com\""), HasSubstr("has a scheme")));
}

TEST(MakeEndpointTest, WhatToWriteInsteadOfAWrongHostIsSaid) {
  const struct {
    std::string host, words;
  } kRows[] = {
      {"HTTPS://Example.com/f", "expected the name alone, \"Example.com\""},
      {"http://[::1]:8080/", "expected the name alone"},
      {"http://a b", "has a scheme: expected the name alone"},
      {"u@example.com:80",
       "the name alone, \"example.com:80\"; put credentials"},
      {"u@v@h", "the name alone, \"h\";"},
      {"example.com.", "ends with a dot"},
      {"example.com.:8443", "ends with a dot"},
      {"example.com..", "is not a host"},
      {".", "is not a host"},
      {"fe80::1", "expected \"[fe80::1]\""},
      {"bücher.example", "\"xn--bcher-kva.example\""},
      {"bücher.example:8443", "\"xn--bcher-kva.example:8443\""},
      {"b\xff", "begins with \"xn--\""},
      {"bü cher.example", "begins with \"xn--\""},
      {"example.com:0", "bad port: expected 1 to 65535"},
      {"example.com:65536", "bad port"},
  };
  for (const auto& [host, words] : kRows) {
    EXPECT_THAT(Error(host, "", ""), HasSubstr(words)) << host;
  }
  EXPECT_EQ(Make("example.com:65535", "", "").host, "example.com:65535");
  EXPECT_EQ(Make("example.com:1", "", "").host, "example.com:1");
}

TEST(MakeEndpointTest, LengthOfAHostIsBounded) {
  std::string name = "a";
  while (name.size() < 253) name += ".a";
  EXPECT_EQ(Make(name, "", "").host, name);
  EXPECT_THAT(Error(name + "a.a", "", ""), HasSubstr("is not a host"));
  EXPECT_LT(Error(std::string(1'000'000, 'a'), "", "").size(), 1000u);
}

TEST(MakeEndpointTest, WhatSignersDisagreeOnIsRefused) {
  for (const char* resource : {"a//b", "//a", "a//", "./a", "a/.", "../a",
                               "a/../b", "a/..", "%2e/a", "a/.%2E"}) {
    EXPECT_THAT(Error(kHost, "prod", resource), HasSubstr("path \"/prod/"))
        << resource;
  }
  for (const char* resource : {"f?a=1+2", "f?+", "f?a&&b", "f?&a", "f?a&"}) {
    EXPECT_THAT(Error(kHost, "prod", resource), HasSubstr("query \""))
        << resource;
  }
  EXPECT_THAT(Error(kHost, "prod/", "f"), HasSubstr("//"));
  EXPECT_THAT(Error(kHost, "prod?x=1", "f"), HasSubstr("stage \"prod?x=1\""));
  EXPECT_EQ(Make(kHost, "", "a/.../.b/c..").path, "/a/.../.b/c..");
}

TEST(MakeEndpointTest, PercentSignNeedsTwoHexDigits) {
  for (const char* resource : {"%", "a%2", "%zz", "%2g/x", "f?%", "f?a=%f"}) {
    EXPECT_THAT(Error(kHost, "", resource), HasSubstr("two hex digits"))
        << resource;
  }
}

}  // namespace
}  // namespace invocator
