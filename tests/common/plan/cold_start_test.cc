#include "common/plan/cold_start.h"

#include <gtest/gtest.h>

#include <string>

#include "worker/exchange/cold_start_probe.h"

namespace invocator {
namespace {

TEST(ColdStartSourceTest, AHeaderOrAMemberIsNamed) {
  const auto header = ParseColdStartSource("header:X-Cold-Start");
  ASSERT_TRUE(header.ok()) << header.status();
  EXPECT_EQ(header->kind, ColdStartSource::Kind::kHeader);
  EXPECT_EQ(header->header, "X-Cold-Start");
  const auto json = ParseColdStartSource("json:/meta/a~1b~0c/0");
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_EQ(json->kind, ColdStartSource::Kind::kJson);
  EXPECT_EQ(json->path, (std::vector<std::string>{"meta", "a/b~c", "0"}));
}

TEST(ColdStartSourceTest, WhatIsWrittenIsReadAgain) {
  for (const char* text : {"header:x-cold", "json:/cold", "json:/", "json://",
                           "json:/a~0~1/b c/ä"}) {
    const auto source = ParseColdStartSource(text);
    ASSERT_TRUE(source.ok()) << text << source.status();
    EXPECT_EQ(ToString(*source), text);
  }
}

TEST(ColdStartSourceTest, AnythingElseIsRefusedWithWhatWasExpected) {
  for (const std::string& text :
       {std::string(""), std::string("cold"), std::string("header:"),
        std::string("header:two words"), std::string("header:a:b"),
        std::string("json:"), std::string("json:cold"), std::string("json:/~"),
        std::string("json:/~2"), std::string("Header:x"),
        "header:" + std::string(1100, 'x')}) {
    const auto source = ParseColdStartSource(text);
    EXPECT_EQ(source.status().code(), absl::StatusCode::kInvalidArgument)
        << text;
    EXPECT_NE(source.status().message().find("json:/cold"), std::string::npos);
  }
}

struct Case {
  const char* json;
  std::vector<std::string> path;
  Warmth warmth;
};

TEST(ColdStartProbeTest, AMemberIsFoundByItsPath) {
  const Case cases[] = {
      {R"({"cold":true})", {"cold"}, Warmth::kCold},
      {R"({"cold":false})", {"cold"}, Warmth::kWarm},
      {R"({"cold":1,"x":2})", {"cold"}, Warmth::kCold},
      {R"({"cold":0})", {"cold"}, Warmth::kWarm},
      {R"({"cold":"Yes"})", {"cold"}, Warmth::kCold},
      {R"({"x":[1,{"cold":false}],"cold":true})", {"cold"}, Warmth::kCold},
      {R"({"x":{"cold":true},"y":1})", {"cold"}, Warmth::kUnknown},
      {R"({"a":{"b":[true,false]}})", {"a", "b", "1"}, Warmth::kWarm},
      {R"([[],{},[0,true]])", {"2", "1"}, Warmth::kCold},
      {R"({"":{"":true}})", {"", ""}, Warmth::kCold},
      // The first of two, and nothing behind it is read.
      {R"({"cold":true,"cold":false} trailing)", {"cold"}, Warmth::kCold},
      {R"({"cold":true,)", {"cold"}, Warmth::kCold},
      // Nothing there, or nothing that says it.
      {R"({"cold":null})", {"cold"}, Warmth::kUnknown},
      {R"({"cold":2})", {"cold"}, Warmth::kUnknown},
      {R"({"cold":-1})", {"cold"}, Warmth::kUnknown},
      {R"({"cold":1.0})", {"cold"}, Warmth::kUnknown},
      {R"({"cold":{}})", {"cold"}, Warmth::kUnknown},
      {R"({"cold":[true]})", {"cold"}, Warmth::kUnknown},
      {R"({"cold":true})", {"cold", "x"}, Warmth::kUnknown},
      {R"({"a":{"b":1}})", {"a", "cold"}, Warmth::kUnknown},
      {R"([true])", {"00"}, Warmth::kUnknown},
      {R"([true])", {"-"}, Warmth::kUnknown},
      {R"([true])", {"1"}, Warmth::kUnknown},
      {R"(true)", {"cold"}, Warmth::kUnknown},
      {"", {"cold"}, Warmth::kUnknown},
      {"not json", {"cold"}, Warmth::kUnknown},
      {"{\"cold\":tr", {"cold"}, Warmth::kUnknown},
      {"\xff\xfe", {"cold"}, Warmth::kUnknown},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(WarmthInJson(c.json, c.path), c.warmth) << c.json;
  }
}

TEST(ColdStartProbeTest, DepthTakesNoStack) {
  const std::string deep(kMaxColdStartBodyBytes, '[');
  EXPECT_EQ(WarmthInJson(deep, {"cold"}), Warmth::kUnknown);
  EXPECT_EQ(WarmthInJson("{\"a\":" + deep, {"cold"}), Warmth::kUnknown);
}

}  // namespace
}  // namespace invocator
