#include "coordinator/text/durable_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/file_size_limit.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

namespace fs = std::filesystem;

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string TextOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

auto FilesIn(const TempDir& folder) {
  const fs::directory_iterator files(folder.path());
  return std::distance(begin(files), end(files));
}

mode_t ModeOf(const std::string& path) {
  struct stat status = {};
  return stat(path.c_str(), &status) == 0 ? status.st_mode & 0777 : 0;
}

TEST(ReplaceDurablyTest, TheNewFileReplacesTheOldOne) {
  const TempDir folder;
  const std::string path = folder.Write("page.html", "a long old text");
  ASSERT_TRUE(ReplaceDurably(path, "new").ok());
  EXPECT_EQ(TextOf(path), "new");
  EXPECT_EQ(FilesIn(folder), 1);
}

TEST(ReplaceDurablyTest, ALinkBesideTheFileIsNotFollowed) {
  const TempDir folder;
  const std::string victim = folder.Write("victim", "precious");
  fs::create_symlink("victim", folder.Path("page.html.tmp"));
  const std::string path = folder.Path("page.html");
  ASSERT_TRUE(ReplaceDurably(path, "new").ok());
  EXPECT_EQ(TextOf(path), "new");
  EXPECT_FALSE(fs::is_symlink(path));
  EXPECT_EQ(TextOf(victim), "precious");
}

TEST(ReplaceDurablyTest, ThatOfItsOwnerIsNobodyElses) {
  const TempDir folder;
  const std::string path = folder.Write("page.html", "open to all");
  chmod(path.c_str(), 0644);
  ASSERT_TRUE(ReplaceDurably(path, "secret", Readers::kOwner).ok());
  EXPECT_EQ(ModeOf(path), 0600u);
  const mode_t before = umask(027);
  ASSERT_TRUE(ReplaceDurably(path, "for the group").ok());
  umask(before);
  EXPECT_EQ(ModeOf(path), 0640u);
}

TEST(ReplaceDurablyTest, OfSeveralWritersOneWins) {
  const TempDir folder;
  const std::string path = folder.Path("page.html");
  std::vector<std::thread> writers;
  for (const char letter : {'a', 'b', 'c'}) {
    writers.emplace_back([&path, text = std::string(100'000, letter)] {
      for (int i = 0; i < 10; ++i) {
        EXPECT_TRUE(ReplaceDurably(path, text).ok());
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  const std::string text = TextOf(path);
  EXPECT_EQ(text.size(), 100'000u);
  EXPECT_EQ(text.find_first_not_of(text.front()), std::string::npos);
  EXPECT_EQ(FilesIn(folder), 1);
}

TEST(ReplaceDurablyTest, ErrorsNameTheFileItself) {
  const absl::Status status = ReplaceDurably("no/such/page.html", "new");
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_THAT(std::string(status.message()),
              StartsWith("no/such/page.html: cannot be created"));
  const TempDir folder;
  const std::string path = folder.Write("page.html", "old");
  const FileSizeLimit limit(1'000);
  const absl::Status full = ReplaceDurably(path, std::string(2'000, 'x'));
  EXPECT_THAT(std::string(full.message()),
              StartsWith(path + ": cannot be written"));
  EXPECT_THAT(std::string(full.message()), Not(HasSubstr(".tmp")));
  EXPECT_EQ(TextOf(path), "old");
  EXPECT_EQ(FilesIn(folder), 1);
}

}  // namespace
}  // namespace invocator
