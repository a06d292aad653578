#include "common/base/temporary_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <utility>

#include "tests/support/file_size_limit.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using testing::HasSubstr;

std::string All(const TemporaryFile& file) {
  std::string bytes(file.size(), '\0');
  EXPECT_TRUE(file.Read(0, bytes.data(), bytes.size()).ok());
  return bytes;
}

TEST(TemporaryFileTest, HoldsWhatIsAppendedAndHasNoName) {
  const TempDir folder;
  TemporaryFile file = *TemporaryFile::Create(folder.path());
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  ASSERT_TRUE(file.Append("one").ok());
  ASSERT_TRUE(file.Append("").ok());
  ASSERT_TRUE(file.Append("two").ok());
  TemporaryFile moved = std::move(file);
  EXPECT_EQ(All(moved), "onetwo");
  ASSERT_TRUE(moved.Clear().ok());
  EXPECT_EQ(moved.size(), 0u);
  ASSERT_TRUE(moved.Append("3").ok());
  EXPECT_EQ(All(moved), "3");
}

TEST(TemporaryFileTest, ReadingBeyondTheEndIsAnError) {
  const TempDir folder;
  TemporaryFile file = *TemporaryFile::Create(folder.path());
  ASSERT_TRUE(file.Append("123").ok());
  char buffer[4];
  EXPECT_TRUE(file.Read(1, buffer, 2).ok());
  EXPECT_EQ(file.Read(0, buffer, 4).code(), absl::StatusCode::kDataLoss);
}

TEST(TemporaryFileTest, AFullDiskTakesNothingFromTheFile) {
  const TempDir folder;
  TemporaryFile file = *TemporaryFile::Create(folder.path());
  ASSERT_TRUE(file.Append("123").ok());
  {
    const FileSizeLimit limit(5);
    const absl::Status full = file.Append("45678");
    EXPECT_THAT(std::string(full.message()), HasSubstr(folder.path()));
    EXPECT_THAT(std::string(full.message()), HasSubstr("File too large"));
  }
  EXPECT_EQ(All(file), "123");
  ASSERT_TRUE(file.Append("4").ok());
  EXPECT_EQ(All(file), "1234");
}

TEST(TemporaryFileTest, TheErrorNamesTheFolder) {
  const absl::Status status =
      TemporaryFile::Create("/nonexistent/folder").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/nonexistent/folder"));
}

TEST(TemporaryFileTest, WithoutAFolderItIsInTmpdir) {
  const char* before = getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  setenv("TMPDIR", "/nonexistent/tmpdir", 1);
  const absl::Status status = TemporaryFile::Create("").status();
  unsetenv("TMPDIR");
  EXPECT_TRUE(TemporaryFile::Create("").ok());
  if (before != nullptr) setenv("TMPDIR", kept.c_str(), 1);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/nonexistent/tmpdir"));
}

}  // namespace
}  // namespace invocator
