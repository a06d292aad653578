#include "coordinator/report/output_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "coordinator/text/text_file.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using testing::HasSubstr;

const absl::Time kNow = absl::FromUnixMillis(1'700'000'000'250);

TEST(OutputFolderTest, TheWantedFolderIsMadeWithItsParents) {
  const TempDir temp;
  for (const char* name : {"a", "b/c/d", "e/"}) {
    const std::string wanted = temp.Path(name);
    const auto folder = CreateOutputFolder(wanted, "test", kNow);
    ASSERT_TRUE(folder.ok()) << folder.status();
    EXPECT_EQ(*folder, wanted.substr(0, wanted.find_last_not_of('/') + 1));
    EXPECT_TRUE(std::filesystem::is_directory(wanted));
  }
}

TEST(OutputFolderTest, WithoutAWishItIsNamedAfterTestAndTime) {
  const TempDir temp;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(temp.path());
  const auto folder = CreateOutputFolder("", "my test", kNow);
  const auto again = CreateOutputFolder("", "my test", kNow);
  std::filesystem::current_path(before);
  ASSERT_TRUE(folder.ok()) << folder.status();
  EXPECT_EQ(*folder, "runs/my test-20231114T221320.250Z");
  EXPECT_TRUE(std::filesystem::is_directory(temp.Path(*folder)));
  // Another run of the same millisecond.
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again, "runs/my test-20231114T221320.251Z");
}

TEST(OutputFolderTest, AnExistingFolderOrFileIsRefused) {
  const TempDir temp;
  temp.Write("file", "precious");
  for (const std::string& wanted : {temp.path(), temp.Path("file")}) {
    const auto folder = CreateOutputFolder(wanted, "test", kNow);
    EXPECT_EQ(folder.status().code(), absl::StatusCode::kAlreadyExists);
    EXPECT_THAT(std::string(folder.status().message()), HasSubstr(wanted));
  }
  EXPECT_EQ(ReadTextFile(temp.Path("file"), 100).value_or(""), "precious");
}

TEST(OutputFolderTest, AFolderThatCannotBeMadeIsNamed) {
  const TempDir temp;
  temp.Write("file", "");
  const auto folder = CreateOutputFolder(temp.Path("file/below"), "test", kNow);
  EXPECT_FALSE(folder.ok());
  EXPECT_THAT(std::string(folder.status().message()),
              HasSubstr("--out " + temp.Path("file/below")));
}

std::string ReasonAt(const std::string& wanted) {
  return std::string(
      CreateOutputFolder(wanted, "test", kNow).status().message());
}

TEST(OutputFolderTest, TheReasonIsThatOfTheFolderThatCannotBeCreated) {
  const TempDir temp;
  temp.Write("file", "");
  EXPECT_THAT(ReasonAt(temp.Path("file/below")),
              HasSubstr("file cannot be created: Not a directory"));
  EXPECT_THAT(ReasonAt(temp.Path("file/a/b/c")), HasSubstr("Not a directory"));
  const std::string name(300, 'x');
  EXPECT_THAT(ReasonAt(temp.Path(name)), HasSubstr("File name too long"));
  EXPECT_THAT(ReasonAt(temp.Path(name + "/a/b")),
              HasSubstr("File name too long"));
  // No folder can be made there, by root either.
  EXPECT_THAT(ReasonAt("/proc/a/b"),
              testing::Not(HasSubstr("/proc/a/b: No such")));
}

TEST(OutputFolderTest, ThatOfItsOwnerIsNobodyElses) {
  const TempDir temp;
  const auto folder =
      CreateOutputFolder(temp.Path("a/b"), "test", kNow, "", Readers::kOwner);
  ASSERT_TRUE(folder.ok()) << folder.status();
  EXPECT_EQ(std::filesystem::status(*folder).permissions(),
            std::filesystem::perms::owner_all);
}

}  // namespace
}  // namespace invocator
