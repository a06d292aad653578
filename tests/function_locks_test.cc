#include "coordinator/function_locks.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;

class FunctionLocksTest : public ::testing::Test {
 protected:
  std::string Folder() const { return dir_.Path("locks"); }
  size_t Files() const {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(Folder())) {
      static_cast<void>(entry);
      ++count;
    }
    return count;
  }

  TempDir dir_;
};

TEST_F(FunctionLocksTest, OneAtATimeHoldsAFunction) {
  auto first = std::make_unique<FunctionLocks>(Folder());
  FunctionLocks second(Folder());
  ASSERT_TRUE(first->Take("f").ok());
  EXPECT_TRUE(first->Take("f").ok()) << "its own";
  EXPECT_TRUE(second.Take("g").ok()) << "another function";
  const absl::Status refused = second.Take("f");
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_EQ(refused.message(), absl::StrCat("process ", getpid()));
  EXPECT_TRUE(absl::IsFailedPrecondition(first->Take("g")));
  first.reset();
  EXPECT_TRUE(second.Take("f").ok());
  EXPECT_EQ(Files(), 2u) << "a refusal leaves nothing behind";
}

TEST_F(FunctionLocksTest, AHolderThatIsNoMoreHoldsNothing) {
  const pid_t child = fork();
  if (child == 0) {
    FunctionLocks locks(Folder());
    const bool taken = locks.Take("f").ok();
    _exit(taken ? 7 : 1);  // as if killed: nothing is tidied up
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(WEXITSTATUS(status), 7);
  FunctionLocks locks(Folder());
  EXPECT_TRUE(locks.Take("f").ok());
}

TEST_F(FunctionLocksTest, AFileThatWasRemovedIsNoLock) {
  FunctionLocks first(Folder());
  ASSERT_TRUE(first.Take("f").ok());
  std::filesystem::remove_all(Folder());
  FunctionLocks second(Folder());
  EXPECT_TRUE(second.Take("f").ok());
  FunctionLocks third(Folder());
  EXPECT_TRUE(absl::IsFailedPrecondition(third.Take("f")));
}

TEST_F(FunctionLocksTest, WhoeverWroteNoNumberIsSomebody) {
  FunctionLocks first(Folder());
  ASSERT_TRUE(first.Take("f").ok());
  for (const char* text : {"", "-3\n", "x", "0\n"}) {
    const auto file = std::filesystem::directory_iterator(Folder())->path();
    std::FILE* out = std::fopen(file.c_str(), "w");
    std::fputs(text, out);
    std::fclose(out);
    FunctionLocks second(Folder());
    EXPECT_EQ(second.Take("f").message(), "another process") << text;
  }
}

TEST_F(FunctionLocksTest, OnlyThisUsersFolderIsUsed) {
  const std::string target = dir_.Path("target");
  std::filesystem::create_directory(target);
  std::filesystem::create_directory_symlink(target, dir_.Path("link"));
  dir_.Write("file", "");
  std::filesystem::create_directory(dir_.Path("open"));
  ASSERT_EQ(chmod(dir_.Path("open").c_str(), 0777), 0);
  for (const char* name : {"link", "file", "open", "absent/folder"}) {
    FunctionLocks locks(dir_.Path(name));
    const absl::Status status = locks.Take("f");
    EXPECT_TRUE(absl::IsUnavailable(status)) << name << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(dir_.Path(name)));
  }
  EXPECT_TRUE(std::filesystem::is_empty(target));
}

TEST_F(FunctionLocksTest, FolderAndFilesAreTheUsersAlone) {
  FunctionLocks locks(Folder());
  ASSERT_TRUE(locks.Take("f").ok());
  const auto mode = [](const std::filesystem::path& path) {
    struct stat found {};
    EXPECT_EQ(stat(path.c_str(), &found), 0);
    return found.st_mode & 0777;
  };
  EXPECT_EQ(mode(Folder()), 0700u);
  EXPECT_EQ(mode(std::filesystem::directory_iterator(Folder())->path()), 0600u);
}

TEST_F(FunctionLocksTest, ChildrenDoNotInheritALock) {
  FunctionLocks locks(Folder());
  ASSERT_TRUE(locks.Take("f").ok());
  const std::string lock =
      std::filesystem::directory_iterator(Folder())->path().string();
  int inheritable = 0;
  for (int fd = 3; fd < 200; ++fd) {
    const int flags = fcntl(fd, F_GETFD);
    if (flags < 0) continue;
    std::error_code ignored;
    const auto path = std::filesystem::read_symlink(
        absl::StrCat("/proc/self/fd/", fd), ignored);
    if (path == lock && (flags & FD_CLOEXEC) == 0) ++inheritable;
  }
  EXPECT_EQ(inheritable, 0);
}

TEST(FunctionLockKeyTest, IsOfTheFunctionHoweverItIsNamed) {
  const LambdaFunction f{"f", "us-west-1"};
  const std::string arn = "arn:aws:lambda:us-west-1:123456789012:function:f";
  const std::string key = FunctionLockKey(f, arn, "", "AKIA1");
  for (const char* url : {"https://lambda.us-west-1.amazonaws.com",
                          "https://lambda-fips.us-west-1.amazonaws.com"}) {
    EXPECT_EQ(FunctionLockKey({arn, "us-west-1"}, arn, url, "AKIA2"), key);
    EXPECT_EQ(FunctionLockKey({"f", "us-west-1", url}, arn, "http://x", ""),
              key);
  }
  EXPECT_NE(FunctionLockKey(f, arn + "g", "", "AKIA1"), key);
  const std::string local = FunctionLockKey(f, arn, "http://localhost:1", "");
  EXPECT_NE(local, key);
  EXPECT_EQ(FunctionLockKey(f, arn, "http://127.0.0.1:1", ""), local);
  EXPECT_EQ(FunctionLockKey(f, arn, "https://[::1]:1", ""), local);
  EXPECT_NE(FunctionLockKey(f, arn, "http://localhost:2", ""), local);
  EXPECT_NE(FunctionLockKey(f, arn, "http://localhost:1/x", ""), local);
  EXPECT_NE(FunctionLockKey(f, arn, "http://moto:1", ""), local);
}

TEST(FunctionLockKeyTest, WithoutAnArnItIsOfKeyRegionAndName) {
  const auto key = [](const char* name, const char* region, const char* id) {
    return FunctionLockKey({name, region}, "", "", id);
  };
  EXPECT_EQ(key("f", "a", "K"), key("f", "a", "K"));
  EXPECT_NE(key("f", "a", "K"), key("g", "a", "K"));
  EXPECT_NE(key("f", "a", "K"), key("f", "b", "K"));
  EXPECT_NE(key("f", "a", "K"), key("f", "a", "L"));
}

TEST_F(FunctionLocksTest, AClaimSaysWhoHasTheFunction) {
  const LambdaFunction f{"f", "us-west-1"};
  FunctionLocks first(Folder());
  FunctionLocks second(Folder());
  ASSERT_TRUE(ClaimFunction(first, f, "", "", "K").ok());
  const absl::Status refused = ClaimFunction(second, f, "", "", "K");
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_THAT(
      std::string(refused.message()),
      HasSubstr(absl::StrCat("f (us-west-1) is locked by process ", getpid())));
  FunctionLocks none(dir_.Path("absent/folder"));
  EXPECT_TRUE(ClaimFunction(none, f, "", "", "K").ok());
}

}  // namespace
}  // namespace invocator
