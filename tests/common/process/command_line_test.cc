#include "common/process/command_line.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/source_path.h"

namespace invocator {
namespace {

// Held against Python's shlex by tests/end_to_end/test_aws_files_oracle.py.
TEST(CommandLineTest, LinesAreSplitAsTheTableSays) {
  const auto table = nlohmann::json::parse(
      std::ifstream(SourcePath("tests/testdata/command_lines.json")));
  ASSERT_GT(table.size(), 10u);
  for (const auto& row : table) {
    const auto words = SplitCommandLine(row["line"].get<std::string>());
    if (row["words"].is_null()) {
      EXPECT_EQ(words.status().code(), absl::StatusCode::kInvalidArgument)
          << row["line"];
    } else {
      ASSERT_TRUE(words.ok()) << row["line"] << words.status();
      EXPECT_EQ(*words, row["words"].get<std::vector<std::string>>())
          << row["line"];
    }
  }
}

}  // namespace
}  // namespace invocator
