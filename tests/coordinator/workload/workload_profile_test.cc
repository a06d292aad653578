// A profile that could not be found, and workloads that need it or not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "coordinator/workload/workload.h"

namespace invocator {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

absl::StatusOr<LoadedWorkload> Load(const std::string& members,
                                    const absl::Status& profile) {
  WorkloadOptions options;
  options.draw_seed = [] { return 1u; };
  options.profile = profile;
  return ParseWorkload(
      absl::StrCat(R"({"test_name": "t", "test_duration_in_seconds": 10,
                       "random_seed": 7, "instances": {
                         "other": {"invoker": "http", "url": "http://a/",
                                   "interarrivals_list": [1]},
                         "a": {"interarrivals_list": [1], )",
                   members, "}}}"),
      "w.json", "", options);
}

const absl::Status kGone = absl::FailedPreconditionError("profile p is gone");

TEST(WorkloadProfileTest, IsNeededWhereAnInstanceIsSigned) {
  for (const char* members :
       {R"("invoker": "lambda", "application": "f", "region": "us-west-1")",
        R"("host": "x.execute-api.us-west-1.amazonaws.com")"}) {
    const absl::Status status = Load(members, kGone).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << members;
    EXPECT_EQ(status.message(), "profile p is gone") << members;
  }
  EXPECT_TRUE(Load(R"("host": "x.execute-api.us-west-1.amazonaws.com")",
                   absl::OkStatus())
                  .ok());
}

TEST(WorkloadProfileTest, IsNamedBesideErrorsThatItMayExplain) {
  for (const char* members :
       {R"("invoker": "lambda", "application": "f")",
        R"("host": "example.com", "service": "execute-api")"}) {
    EXPECT_THAT(std::string(Load(members, kGone).status().message()),
                AllOf(HasSubstr("instances.a.region: missing"),
                      EndsWith("\nprofile p is gone")));
  }
}

TEST(WorkloadProfileTest, IsOnlyMissedWhereNothingIsSigned) {
  const auto loaded = Load(R"("host": "a.example", "auth": "none")", kGone);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_THAT(loaded->warnings,
              ElementsAre("profile p is gone; no instance is signed, so none "
                          "needs it"));
  const absl::Status wrong = Load(R"("auth": "none")", kGone).status();
  EXPECT_THAT(std::string(wrong.message()), HasSubstr("instances.a.host"));
}

}  // namespace
}  // namespace invocator
