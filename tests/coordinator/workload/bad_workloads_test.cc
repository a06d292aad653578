#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "coordinator/text/text_file.h"
#include "coordinator/workload/workload.h"
#include "tests/support/source_path.h"

// Every file of tests/testdata/bad_workloads begins with lines
//   // expect: <part of the message>
// and tests/end_to_end/test_schema.py reads what it says of the schema.
namespace invocator {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> BadWorkloads() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(
           SourcePath("tests/testdata/bad_workloads"))) {
    if (entry.path().extension() == ".json") {
      names.push_back(entry.path().stem().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

class BadWorkloadTest : public ::testing::TestWithParam<std::string> {};

TEST_P(BadWorkloadTest, IsRefusedWithTheExpectedWords) {
  const std::string path =
      SourcePath("tests/testdata/bad_workloads/") + GetParam() + ".json";
  const std::string text = *ReadTextFile(path, kMaxJsonFileBytes);
  const absl::StatusOr<LoadedWorkload> workload = LoadWorkload(
      path, {.default_region = "", .draw_seed = [] { return 1u; }});
  ASSERT_FALSE(workload.ok());
  EXPECT_EQ(workload.status().code(), absl::StatusCode::kInvalidArgument);
  const std::string message(workload.status().message());
  int expected = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!absl::ConsumePrefix(&line, "// expect: ")) continue;
    ++expected;
    EXPECT_THAT(message, HasSubstr(std::string(line)));
  }
  EXPECT_GT(expected, 0) << "the file does not say what is expected";
  for (absl::string_view line : absl::StrSplit(message, '\n')) {
    EXPECT_TRUE(absl::StartsWith(line, path + ":")) << line;
    EXPECT_LT(line.size(), 800u) << line;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, BadWorkloadTest,
                         ::testing::ValuesIn(BadWorkloads()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace invocator
