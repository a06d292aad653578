#include "common/http/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace invocator {
namespace {

using testing::HasSubstr;

TEST(AddressTest, HostAndPortAreReadAndWritten) {
  struct Row {
    const char* text;
    Address address;
    const char* written;
  };
  for (const Row& row : {
           Row{"127.0.0.1:7000", {"127.0.0.1", 7000}, "127.0.0.1:7000"},
           Row{"0.0.0.0:1", {"0.0.0.0", 1}, "0.0.0.0:1"},
           Row{"Load.Example.com:443",
               {"load.example.com", 443},
               "load.example.com:443"},
           Row{"[::1]:7000", {"::1", 7000}, "[::1]:7000"},
           Row{"[::]:65535", {"::", 65535}, "[::]:65535"},
       }) {
    const auto address = ParseAddress(row.text);
    ASSERT_TRUE(address.ok()) << row.text << ": " << address.status();
    EXPECT_EQ(*address, row.address) << row.text;
    EXPECT_EQ(address->ToString(), row.written);
  }
}

TEST(AddressTest, WithoutAPortItIsTheDefault) {
  EXPECT_EQ(*ParseAddress("a", 443), (Address{"a", 443}));
  EXPECT_EQ(*ParseAddress("[::1]", 443), (Address{"::1", 443}));
  EXPECT_EQ(*ParseAddress("a:80", 443), (Address{"a", 80}));
  EXPECT_THAT(std::string(ParseAddress("a").status().message()),
              HasSubstr("has no port"));
}

TEST(AddressTest, WhatIsNoAddressIsRefused) {
  for (const char* text : {"",
                           ":7000",
                           "a:",
                           "a:0",
                           "a:65536",
                           "a:-1",
                           "a:x",
                           "::1",
                           "::1:7000",
                           "[::1",
                           "[::1]x",
                           "a b:1",
                           "unix:/tmp/socket",
                           "unix:@x",
                           "dns:///a:7000",
                           "http://a:7000",
                           "u@a:7000",
                           "a:7000/",
                           "a%2e:7000",
                           "a\n:7000"}) {
    EXPECT_EQ(ParseAddress(text).status().code(),
              absl::StatusCode::kInvalidArgument)
        << text;
  }
}

TEST(AddressTest, AUrlHasTheDefaultPortOfItsScheme) {
  EXPECT_EQ(*AddressOfUrl("http://a"), (Address{"a", 80}));
  EXPECT_EQ(*AddressOfUrl("https://a/"), (Address{"a", 443}));
  EXPECT_EQ(*AddressOfUrl("HTTP://a:8443/b/c"), (Address{"a", 8443}));
  EXPECT_EQ(*AddressOfUrl("http://[::1]:9000/"), (Address{"::1", 9000}));
}

TEST(AddressTest, AUrlHasNoUserQueryOrFragment) {
  for (const char* url :
       {"", "a:80", "ftp://a", "http://", "http:///", "http://a:443",
        "http://a?b", "http://a#b", "http://good@evil", "http://good:80@evil",
        "http://a\\@b", "file:///etc", "HTTP//a"}) {
    EXPECT_EQ(AddressOfUrl(url).status().code(),
              absl::StatusCode::kInvalidArgument)
        << url;
  }
}

TEST(AddressTest, OnlyThisMachineIsLoopback) {
  for (const char* host :
       {"localhost", "LocalHost", "127.0.0.1", "127.1.2.3", "::1"}) {
    EXPECT_TRUE(IsLoopbackHost(host)) << host;
  }
  for (const char* host :
       {"", "0.0.0.0", "::", "10.0.0.1", "127.evil.example", "127.0.0.1.nip.io",
        "127.0.0.256", "localhost.example", "128.0.0.1", "::ffff:127.0.0.1",
        "worker1"}) {
    EXPECT_FALSE(IsLoopbackHost(host)) << host;
  }
}

}  // namespace
}  // namespace invocator
