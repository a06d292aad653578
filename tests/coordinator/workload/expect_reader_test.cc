#include "coordinator/workload/expect_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "coordinator/workload/workload.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Errors: tests/testdata/bad_workloads/expect_*.json.
InstancePlan Read(const std::string& keys) {
  const auto workload = ParseWorkload(
      absl::StrCat(R"({"test_name": "t", "test_duration_in_seconds": 1,
          "random_seed": 1, "instances": {"a": {"interarrivals_list": [0.1])",
                   keys, "}}}"),
      "w.json", ".",
      {.default_region = "eu-west-1", .draw_seed = [] { return 1u; }});
  EXPECT_TRUE(workload.ok()) << workload.status();
  return workload.ok() ? workload->plan.instances[0] : InstancePlan();
}

std::vector<uint16_t> Statuses(const std::string& expect) {
  return Read(absl::StrCat(R"(, "url": "http://h/")", expect))
      .expected_statuses;
}

TEST(ExpectReaderTest, NothingListedMeansTheDefault) {
  EXPECT_THAT(Statuses(""), IsEmpty());
}

TEST(ExpectReaderTest, StatusesAreAscendingAndEachOnce) {
  EXPECT_THAT(Statuses(R"(, "expect": {"status": [404]})"), ElementsAre(404));
  EXPECT_THAT(
      Statuses(R"(, "expect": {"status": [599, 200, 404, 200, 404.0]})"),
      ElementsAre(200, 404, 599));
}

TEST(ExpectReaderTest, CommentsAreLetPass) {
  EXPECT_THAT(Statuses(R"(, "expect": {"_comment": "x", "status": [404]})"),
              ElementsAre(404));
}

TEST(ExpectReaderTest, EveryInvokerMayExpectAStatus) {
  for (const char* invoker :
       {R"(, "invoker": "lambda", "application": "f")",
        R"(, "invoker": "lambda", "application": "f",
            "invocation_type": "Event")",
        R"(, "invoker": "function_url", "url": "https://f.example/")",
        R"(, "host": "abc.execute-api.us-east-1.amazonaws.com")"}) {
    EXPECT_THAT(Read(invoker).expected_statuses, IsEmpty()) << invoker;
    EXPECT_THAT(Read(absl::StrCat(invoker, R"(, "expect": {"status": [202]})"))
                    .expected_statuses,
                ElementsAre(202))
        << invoker;
  }
}

}  // namespace
}  // namespace invocator
