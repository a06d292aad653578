// Loads workloads from texts, with a folder for the files that they name.
#ifndef INVOCATOR_TESTS_SUPPORT_WORKLOAD_FIXTURE_H_
#define INVOCATOR_TESTS_SUPPORT_WORKLOAD_FIXTURE_H_

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "coordinator/workload/workload.h"
#include "tests/support/temp_dir.h"

namespace invocator {

class WorkloadFixture : public testing::Test {
 protected:
  static constexpr char kHost[] = "abc.execute-api.us-east-1.amazonaws.com";

  static WorkloadOptions Options(const std::string& region = "") {
    return {.default_region = region, .draw_seed = [] { return 4242u; }};
  }

  LoadedWorkload Load(const std::string& text, const std::string& region = "") {
    absl::StatusOr<LoadedWorkload> workload =
        ParseWorkload(text, "w.json", dir_.path(), Options(region));
    EXPECT_TRUE(workload.ok()) << workload.status().message();
    return workload.ok() ? *std::move(workload) : LoadedWorkload();
  }

  // A workload of one instance, "a", with these members beside the host's.
  LoadedWorkload LoadInstance(const std::string& members) {
    return Load(InstanceText(members));
  }

  std::string InstanceError(const std::string& members) {
    absl::StatusOr<LoadedWorkload> workload =
        ParseWorkload(InstanceText(members), "w.json", dir_.path(), Options());
    return workload.ok() ? "no error"
                         : std::string(workload.status().message());
  }

  static std::string InstanceText(const std::string& members) {
    return absl::StrCat(
        R"({"test_name": "t", "test_duration_in_seconds": 10,
            "random_seed": 7, "instances": {"a": {"host": ")",
        kHost, "\", ", members, "}}}");
  }

  TempDir dir_;
};

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_WORKLOAD_FIXTURE_H_
