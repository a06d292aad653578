#include "coordinator/trace/trace_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>

#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

class TraceTemplateTest : public testing::Test {
 protected:
  TraceTemplate Read(const std::string& text) {
    auto onto = ReadTraceTemplate(dir_.Write("template.json", text));
    EXPECT_TRUE(onto.ok()) << onto.status();
    return onto.ok() ? *std::move(onto) : TraceTemplate();
  }
  std::string ErrorOf(const std::string& text) {
    return std::string(ReadTraceTemplate(dir_.Write("template.json", text))
                           .status()
                           .message());
  }

  TempDir dir_;
};

TEST_F(TraceTemplateTest, ArrivalsGoAndTheRestStays) {
  const TraceTemplate onto = Read(R"({
    // Comments and trailing commas are those of any workload.
    "test_name": "t", "test_duration_in_seconds": 5, "random_seed": 7,
    "mix": {"rate": 5},
    "instances": {
      "_comment": "short ones",
      "short": {"application": "f", "expected_duration_ms": 20, "rate": 1,
                "distribution": "Uniform", "activity_window": [0, 1],
                "bursts": {}, "spikes": [], "interarrivals_list": [1],
                "interarrival_list": [1], "headers": {"a": "b"}},
      "long": {"arrivals": {"counts": "c.csv"}, "url": "http://127.0.0.1/"},
    }})");
  EXPECT_EQ(
      onto.top.dump(),
      R"({"test_name":"t","test_duration_in_seconds":5,"random_seed":7})");
  ASSERT_EQ(onto.instances.size(), 2);
  EXPECT_EQ(onto.instances[0].name, "short");
  EXPECT_EQ(
      onto.instances[0].entry.dump(),
      R"({"application":"f","expected_duration_ms":20,"headers":{"a":"b"}})");
  EXPECT_EQ(onto.instances[0].expected_ms, 20);
  EXPECT_EQ(onto.instances[1].entry.dump(), R"({"url":"http://127.0.0.1/"})");
  EXPECT_EQ(onto.instances[1].expected_ms, std::nullopt);
}

TEST_F(TraceTemplateTest, PayloadsAreCopiedOnceUnderNamesOfTheirOwn) {
  dir_.Write("p.json", "[1, 2]");
  dir_.Write("sub/P.json", "{}");
  const TraceTemplate onto = Read(R"({"instances": {
      "a": {"payload": "p.json"}, "b": {"param_file": "p.json"},
      "c": {"payload": "sub/P.json"}}})");
  ASSERT_EQ(onto.payloads.size(), 2);
  EXPECT_EQ(onto.payloads[0].path, "payloads/p.json");
  EXPECT_EQ(onto.payloads[0].text, "[1, 2]");
  EXPECT_EQ(onto.payloads[1].path, "payloads/P-2.json");
  EXPECT_EQ(onto.instances[0].entry["payload"], "payloads/p.json");
  EXPECT_EQ(onto.instances[1].entry["param_file"], "payloads/p.json");
  EXPECT_EQ(onto.instances[2].entry["payload"], "payloads/P-2.json");
  EXPECT_FALSE(onto.is_private);
}

TEST_F(TraceTemplateTest, DataKeepsItsDigitsAsOneBody) {
  const TraceTemplate onto = Read(
      R"({"instances": {"a/b": {"data": [1.10, 123456789012345678901234]}}})");
  ASSERT_EQ(onto.payloads.size(), 1);
  EXPECT_EQ(onto.payloads[0].path, "payloads/a_b.json");
  EXPECT_EQ(onto.payloads[0].text, "[[1.10,123456789012345678901234]]\n");
  EXPECT_EQ(onto.instances[0].entry.dump(),
            R"({"payload":"payloads/a_b.json"})");
}

TEST_F(TraceTemplateTest, VersionsHavePayloadsOfTheirOwn) {
  dir_.Write("p.json", "[1, 2]");
  const TraceTemplate onto = Read(R"({"instances": {"x": {
      "payload": "p.json", "versions": {
          "a": {"payload": "p.json"}, "b": {"data": 1.10}, "_comment": "c"}}}})");
  ASSERT_EQ(onto.payloads.size(), 2);
  EXPECT_EQ(onto.payloads[1].text, "[1.10]\n");
  EXPECT_EQ(onto.instances[0].entry.dump(),
            R"({"payload":"payloads/p.json","versions":{)"
            R"("a":{"payload":"payloads/p.json"},)"
            R"("b":{"payload":"payloads/x-b.json"},"_comment":"c"}})");
  EXPECT_THAT(ErrorOf(R"({"instances": {"x": {"versions": {
      "a": {"payload": "none.json"}}}}})"),
              HasSubstr("instances.x.versions.a.payload: "));
}

TEST_F(TraceTemplateTest, PrivateFilesMakeItPrivate) {
  const std::string payload = dir_.Write("p.json", "1");
  ASSERT_EQ(::chmod(payload.c_str(), 0600), 0);
  EXPECT_TRUE(
      Read(R"({"instances": {"a": {"payload": "p.json"}}})").is_private);
}

TEST_F(TraceTemplateTest, BadTemplatesAreRefused) {
  EXPECT_THAT(ErrorOf("{"), HasSubstr("template.json:1:2: "));
  EXPECT_THAT(ErrorOf("[]"), HasSubstr("expected an object"));
  for (const char* text : {"{}", R"({"instances": []})", R"({"instances": {}})",
                           R"({"instances": {"_comment": 1}})"}) {
    EXPECT_THAT(ErrorOf(text), HasSubstr("at least one instance")) << text;
  }
  EXPECT_THAT(ErrorOf(R"({"instances": {"a": 1}})"),
              EndsWith("instances.a: expected an object, found 1"));
  EXPECT_THAT(ErrorOf(R"({"instances": {"a": {"payload": "none.json"}}})"),
              HasSubstr("instances.a.payload: "));
  EXPECT_THAT(ErrorOf(R"({"instances": {"a": {}, "a": {}}})"),
              HasSubstr("instances.a: is there twice"));
}

}  // namespace
}  // namespace invocator
