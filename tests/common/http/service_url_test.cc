#include "common/http/service_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace invocator {
namespace {

using ::testing::HasSubstr;

TEST(ServiceUrlTest, IsSchemeHostAndPath) {
  const struct {
    const char* text;
    ServiceUrl url;
    const char* written;
  } kRows[] = {
      {"http://localhost:4566",
       {true, "localhost:4566", ""},
       "http://localhost:4566"},
      {"HTTP://LocalHost:4566/",
       {true, "localhost:4566", ""},
       "http://localhost:4566"},
      {"http://a:80", {true, "a", ""}, "http://a"},
      {"https://a:443/", {false, "a", ""}, "https://a"},
      {"https://a:80", {false, "a:80", ""}, "https://a:80"},
      {"http://[::1]:80/x/y/", {true, "[::1]", "/x/y"}, "http://[::1]/x/y"},
      {"https://a/x", {false, "a", "/x"}, "https://a/x"},
  };
  for (const auto& [text, url, written] : kRows) {
    const auto parsed = ParseServiceUrl(text);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(*parsed, url) << text;
    EXPECT_EQ(parsed->ToString(), written);
    EXPECT_EQ(*ParseServiceUrl(written), url);
  }
}

TEST(ServiceUrlTest, WhatIsNoneIsNamed) {
  for (const char* text :
       {"", "localhost:4566", "ftp://a", "http://", "http:///x", "http://u@a",
        "http://a?b", "http://a/#b", "http://a:443", "http://a//b",
        "http://a/../b", "http://a b", "http://a:0", "http://a:65536"}) {
    const auto parsed = ParseServiceUrl(text);
    EXPECT_TRUE(absl::IsInvalidArgument(parsed.status())) << text;
    EXPECT_THAT(std::string(parsed.status().message()),
                HasSubstr(std::string("\"") + text + "\""));
  }
}

}  // namespace
}  // namespace invocator
