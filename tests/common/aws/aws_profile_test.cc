#include "common/aws/aws_profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/source_path.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// What AWS's own tools make of these files is in the same table, and is held
// against botocore by tests/end_to_end/test_aws_files_oracle.py.
nlohmann::json Table() {
  return nlohmann::json::parse(
      std::ifstream(SourcePath("tests/testdata/aws_profiles.json")));
}

// The profile as the table has it: an object, null or "error".
nlohmann::json Read(const nlohmann::json& row) {
  auto config = ParseAwsFile("config", row["config"].get<std::string>(),
                             AwsFileKind::kConfig);
  auto credentials =
      ParseAwsFile("credentials", row["credentials"].get<std::string>(),
                   AwsFileKind::kCredentials);
  if (!config.ok() || !credentials.ok()) return "error";
  const AwsProfiles profiles =
      MergeProfiles(std::move(config->profiles), credentials->profiles);
  const auto found = profiles.find(row["profile"].get<std::string>());
  if (found == profiles.end()) return nullptr;
  return found->second.empty() ? nlohmann::json::object()
                               : nlohmann::json(found->second);
}

TEST(AwsProfileTest, FilesAreReadAsTheTableSays) {
  const nlohmann::json table = Table();
  ASSERT_GT(table.size(), 40u);
  for (const nlohmann::json& row : table) {
    EXPECT_EQ(Read(row), row["expect"]) << row["name"];
  }
}

TEST(AwsProfileTest, AnErrorNamesFileAndLineAndNotWhatIsThere) {
  const auto profiles =
      ParseAwsFile("/home/me/.aws/credentials",
                   "[default]\naws_access_key_id = A\nhush hush\n",
                   AwsFileKind::kCredentials);
  EXPECT_EQ(profiles.status().code(), absl::StatusCode::kInvalidArgument);
  const std::string message(profiles.status().message());
  EXPECT_THAT(message, HasSubstr("/home/me/.aws/credentials:3: expected"));
  EXPECT_THAT(message, Not(HasSubstr("hush")));
}

TEST(AwsProfileTest, AnAbsentKeyIsEmpty) {
  EXPECT_EQ(ValueOf({{"region", "a"}}, "region"), "a");
  EXPECT_EQ(ValueOf({{"region", "a"}}, "output"), "");
}

}  // namespace
}  // namespace invocator
