// Limits of names and numbers in a workload, and of errors reported at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "coordinator/workload/workload.h"
#include "tests/support/workload_fixture.h"

namespace invocator {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class WorkloadLimitsTest : public WorkloadFixture {};

TEST_F(WorkloadLimitsTest, MemorySizesEndAtLambdasLimits) {
  const auto error = [&](const std::string& size) {
    return InstanceError(absl::StrCat(
        R"("interarrivals_list": [], "application": "f", "memory_size": )",
        size));
  };
  for (const char* size : {"128", "10240", "1e3", "256.0"}) {
    EXPECT_EQ(error(size), "no error") << size;
  }
  for (const char* size : {"127", "10241", "0", "32768"}) {
    EXPECT_THAT(error(size), HasSubstr("a memory size in MB, 128 to 10240"))
        << size;
  }
  for (const char* size : {"-1", "128.5", "4294967296", "\"128\"", "null"}) {
    EXPECT_THAT(error(size), HasSubstr("expected an integer")) << size;
  }
}

TEST_F(WorkloadLimitsTest, NamesAndNumbersMayBeAsLargeAsTheirLimits) {
  const auto error = [&](const std::string& test_name, const std::string& name,
                         const std::string& duration,
                         const std::string& members = "") {
    return std::string(
        ParseWorkload(
            absl::StrCat(R"({"test_name": ")", test_name,
                         R"(", "random_seed": 1, "test_duration_in_seconds": )",
                         duration, R"(, "instances": {")", name,
                         R"(": {"host": "h", "auth": "none",
                            "interarrivals_list": [])",
                         members, "}}}"),
            "w.json", "", Options("us-east-1"))
            .status()
            .message());
  };
  EXPECT_EQ(error(std::string(128, 't'), std::string(256, 'i'), "31622400"),
            "");
  EXPECT_EQ(error("t", "i", "1e-9"), "");
  EXPECT_THAT(error(std::string(129, 't'), "i", "1"),
              HasSubstr("a name for a folder: 1 to 128 bytes"));
  EXPECT_THAT(error("t", std::string(257, 'i'), "1"),
              HasSubstr("a name of 1 to 256 bytes"));
  EXPECT_THAT(error("t", "i", "31622400.5"),
              HasSubstr("above 0 and up to 31622400"));
  EXPECT_THAT(error("t", "i", "0"), HasSubstr("above 0"));
  EXPECT_EQ(error("t", "i", "1", R"(, "timeout_in_seconds": 3600)"), "");
  EXPECT_THAT(error("t", "i", "1", R"(, "timeout_in_seconds": 3600.001)"),
              HasSubstr("above 0 and up to 3600"));
  EXPECT_THAT(error("t", "i", "1", R"(, "timeout_in_seconds": 0)"),
              HasSubstr("above 0"));
  EXPECT_EQ(error("t", "i", "1", R"(, "expected_duration_ms": 900000)"), "");
  EXPECT_THAT(error("t", "i", "1", R"(, "expected_duration_ms": 900001)"),
              HasSubstr("above 0 and up to 900000"));
  EXPECT_THAT(error("t", "i", "1", R"(, "expected_duration_ms": 0)"),
              HasSubstr("above 0"));
  const std::string word(64, 'r');
  EXPECT_EQ(error("t", "i", "1", absl::StrCat(R"(, "region": ")", word, "\"")),
            "");
  for (const std::string& wrong : {word + "r", std::string("US-east-1"),
                                   std::string(""), std::string("us_east_1")}) {
    EXPECT_THAT(
        error("t", "i", "1", absl::StrCat(R"(, "region": ")", wrong, "\"")),
        HasSubstr("lower-case letters, digits and '-'"))
        << wrong;
  }
}

TEST_F(WorkloadLimitsTest, ATimeoutIsAtLeastANanosecond) {
  const auto timeout = [&](const std::string& seconds) {
    return LoadInstance(absl::StrCat(
                            R"("interarrivals_list": [],
                               "timeout_in_seconds": )",
                            seconds))
        .plan.instances.at(0)
        .timeout;
  };
  EXPECT_EQ(timeout("1e-12"), absl::Nanoseconds(1));
  EXPECT_EQ(timeout("1.6e-9"), absl::Nanoseconds(2));
  EXPECT_EQ(timeout("3600"), absl::Hours(1));
}

TEST_F(WorkloadLimitsTest, ManyErrorsAreAllToldAndVeryManyCounted) {
  auto lines = [&](int count) {
    std::string instances;
    for (int i = 0; i < count; ++i)
      absl::StrAppend(&instances, "\"", i, "\":0,");
    const absl::Status status =
        ParseWorkload(absl::StrCat(R"({"test_name": "t", "random_seed": 1,
            "test_duration_in_seconds": 1, "instances": {)",
                                   instances, "}}"),
                      "w.json", "", Options())
            .status();
    return std::vector<std::string>(
        absl::StrSplit(std::string(status.message()), '\n'));
  };
  EXPECT_THAT(lines(1000), SizeIs(1000));
  EXPECT_THAT(lines(1000), Each(HasSubstr("expected an object, found 0")));
  EXPECT_THAT(lines(1003), SizeIs(1001));
  EXPECT_EQ(lines(1003).back(), "w.json: and 3 more errors");
}

}  // namespace
}  // namespace invocator
