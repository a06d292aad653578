#include "coordinator/memory/function_locks.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;

class FunctionLocksTest : public ::testing::Test {
 protected:
  // As /tmp, which all users can write.
  std::string Folder() const { return dir_.path(); }
  void SetUp() override { ASSERT_EQ(chmod(Folder().c_str(), 01777), 0); }
  std::string LockFile() const {
    return std::filesystem::directory_iterator(Folder())->path().string();
  }
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
  EXPECT_EQ(Files(), 2u) << "f and g, both of the second";
}

TEST_F(FunctionLocksTest, LeaveNoFileBehind) {
  {
    FunctionLocks locks(Folder());
    ASSERT_TRUE(locks.Take("f").ok());
    ASSERT_TRUE(locks.Take("g").ok());
    EXPECT_EQ(Files(), 2u);
  }
  EXPECT_EQ(Files(), 0u);
}

TEST_F(FunctionLocksTest, RemoveNoFileThatIsNotTheirs) {
  auto first = std::make_unique<FunctionLocks>(Folder());
  ASSERT_TRUE(first->Take("f").ok());
  std::filesystem::remove(LockFile());
  FunctionLocks second(Folder());
  ASSERT_TRUE(second.Take("f").ok());
  first.reset();
  FunctionLocks third(Folder());
  EXPECT_TRUE(absl::IsFailedPrecondition(third.Take("f")));
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
  std::filesystem::remove(LockFile());
  FunctionLocks second(Folder());
  EXPECT_TRUE(second.Take("f").ok());
  FunctionLocks third(Folder());
  EXPECT_TRUE(absl::IsFailedPrecondition(third.Take("f")));
}

TEST_F(FunctionLocksTest, WhatIsNoFileIsNamedAndLeftAlone) {
  std::string path;
  {
    FunctionLocks locks(Folder());
    ASSERT_TRUE(locks.Take("f").ok());
    path = LockFile();
  }
  const std::string target = dir_.Write("target", "text");
  const auto refused = [&] {
    FunctionLocks locks(Folder());
    const absl::Status status = locks.Take("f");
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(path));
    std::filesystem::remove(path);
  };
  std::filesystem::create_symlink(target, path);
  refused();
  std::filesystem::create_symlink(dir_.Path("absent"), path);
  refused();
  std::filesystem::create_directory(path);
  refused();
  ASSERT_EQ(mkfifo(path.c_str(), 0666), 0);
  refused();
  EXPECT_EQ(Files(), 1u) << "the links' target alone";
  EXPECT_EQ(std::filesystem::file_size(target), 4u);
  FunctionLocks locks(dir_.Path("absent/folder"));
  EXPECT_TRUE(absl::IsUnavailable(locks.Take("f")));
}

TEST_F(FunctionLocksTest, OtherUsersCanOpenTheFileWhateverTheUmask) {
  const mode_t before = umask(0077);
  FunctionLocks locks(Folder());
  EXPECT_TRUE(locks.Take("f").ok());
  umask(before);
  struct stat found {};
  ASSERT_EQ(stat(LockFile().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0644u);
}

// The exit code of `attempt` as another user.
int AsNobody(const std::function<int()>& attempt) {
  constexpr id_t kNobody = 65534;
  const pid_t child = fork();
  if (child == 0) {
    if (setgroups(0, nullptr) != 0 || setgid(kNobody) != 0 ||
        setuid(kNobody) != 0) {
      _exit(99);
    }
    _exit(attempt());
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(FunctionLocksTest, UsersSeeEachOthersLocks) {
  if (geteuid() != 0) GTEST_SKIP() << "takes another user: run as root";
  const auto take = [this] {
    FunctionLocks theirs(Folder());
    return static_cast<int>(theirs.Take("f").code());
  };
  constexpr int kOk = static_cast<int>(absl::StatusCode::kOk);
  constexpr int kHeld = static_cast<int>(absl::StatusCode::kFailedPrecondition);
  const mode_t before = umask(0077);
  auto locks = std::make_unique<FunctionLocks>(Folder());
  ASSERT_TRUE(locks->Take("f").ok());
  umask(before);
  EXPECT_EQ(AsNobody(take), kHeld);
  locks.reset();
  EXPECT_EQ(AsNobody(take), kOk);
  // A file that its owner left, killed, is locked by others as well.
  EXPECT_EQ(AsNobody([this] {
              FunctionLocks theirs(Folder());
              _exit(static_cast<int>(theirs.Take("f").code()));
              return -1;
            }),
            kOk);
  ASSERT_EQ(Files(), 1u);
  locks = std::make_unique<FunctionLocks>(Folder());
  EXPECT_TRUE(locks->Take("f").ok());
  EXPECT_EQ(AsNobody(take), kHeld);
}

TEST_F(FunctionLocksTest, AFileThatMayNotBeReadIsNoLock) {
  if (geteuid() != 0) GTEST_SKIP() << "takes another user: run as root";
  FunctionLocks locks(Folder());
  ASSERT_TRUE(locks.Take("f").ok());
  ASSERT_EQ(chmod(LockFile().c_str(), 0600), 0);
  EXPECT_EQ(AsNobody([this] {
              FunctionLocks theirs(Folder());
              return static_cast<int>(theirs.Take("f").code());
            }),
            static_cast<int>(absl::StatusCode::kUnavailable));
}

TEST_F(FunctionLocksTest, ChildrenDoNotInheritALock) {
  FunctionLocks locks(Folder());
  ASSERT_TRUE(locks.Take("f").ok());
  const std::string lock = LockFile();
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
