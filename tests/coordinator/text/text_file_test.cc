#include "coordinator/text/text_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

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

mode_t ModeOf(const std::string& path) {
  struct stat status = {};
  return stat(path.c_str(), &status) == 0 ? status.st_mode & 0777 : 0;
}

TEST(WriteTextFileTest, ThatOfItsOwnerIsNobodyElses) {
  const TempDir temp;
  const std::string path = temp.Write("old", "open to all");
  chmod(path.c_str(), 0644);
  for (const std::string& file : {path, temp.Path("new")}) {
    ASSERT_TRUE(WriteTextFile(file, "secret", Readers::kOwner).ok());
    EXPECT_EQ(ModeOf(file), 0600u);
  }
}

TEST(AppendTextFileTest, KeepsWhatIsThere) {
  const TempDir temp;
  const std::string path = temp.Path("summary.md");
  ASSERT_TRUE(AppendTextFile(path, "first\n").ok());
  ASSERT_TRUE(AppendTextFile(path, "second\n").ok());
  const auto read = ReadTextFile(path, 100);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, "first\nsecond\n");
}

TEST(AppendTextFileTest, AFullDiskIsAnError) {
  EXPECT_EQ(AppendTextFile("/dev/full", "text").code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(IsPrivateFileTest, ThatGroupOrOthersMayNotReadIsPrivate) {
  const TempDir temp;
  const std::string path = temp.Write("file", "");
  for (const mode_t mode : {0600U, 0640U, 0604U, 0400U}) {
    chmod(path.c_str(), mode);
    EXPECT_TRUE(IsPrivateFile(path)) << mode;
  }
  for (const mode_t mode : {0644U, 0444U, 0664U}) {
    chmod(path.c_str(), mode);
    EXPECT_FALSE(IsPrivateFile(path)) << mode;
  }
  EXPECT_FALSE(IsPrivateFile(temp.Path("none")));
}

}  // namespace
}  // namespace invocator
