#include "coordinator/text_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using testing::HasSubstr;

TEST(WriteTextFileTest, WritesNewAndOverOld) {
  const TempDir temp;
  const std::string path = temp.Path("summary.json");
  ASSERT_TRUE(WriteTextFile(path, "a long first text").ok());
  ASSERT_TRUE(WriteTextFile(path, std::string("b\0c", 3)).ok());
  const auto read = ReadTextFile(path, 100);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, std::string("b\0c", 3));
}

TEST(WriteTextFileTest, AFullDiskIsAnError) {
  const absl::Status status = WriteTextFile("/dev/full", "text");
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/dev/full"));
}

TEST(WriteTextFileTest, AFolderCannotBeWrittenOver) {
  const TempDir temp;
  EXPECT_FALSE(WriteTextFile(temp.path(), "text").ok());
}

}  // namespace
}  // namespace invocator
