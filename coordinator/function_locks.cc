#include "coordinator/function_locks.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/address.h"
#include "common/say.h"
#include "common/service_url.h"
#include "common/sha256.h"
#include "coordinator/lambda_endpoint.h"

namespace invocator {
namespace {

// A file that was removed between opening and locking is no lock.
constexpr int kAttempts = 10;

absl::Status Unavailable(int error, absl::string_view what) {
  return absl::UnavailableError(absl::ErrnoToStatus(error, what).message());
}

// "process 123", as its holder wrote it, or what can be said without.
std::string HolderOf(int fd) {
  std::array<char, 32> text{};
  const ssize_t bytes = ::pread(fd, text.data(), text.size(), 0);
  int64_t pid = 0;
  if (bytes > 0 &&
      absl::SimpleAtoi(
          absl::string_view(text.data(), static_cast<size_t>(bytes)), &pid) &&
      pid > 0) {
    return absl::StrCat("process ", pid);
  }
  return "another process";
}

void WriteHolder(int fd) {
  const std::string text = absl::StrCat(::getpid(), "\n");
  // For people only: the lock holds without it.
  if (::ftruncate(fd, 0) == 0 &&
      ::pwrite(fd, text.data(), text.size(), 0) < 0) {
    return;
  }
}

// Whether the open file is still the one of that path.
bool IsAt(int fd, const std::string& path) {
  struct stat opened {};
  struct stat found {};
  return ::fstat(fd, &opened) == 0 && ::stat(path.c_str(), &found) == 0 &&
         opened.st_ino == found.st_ino && opened.st_dev == found.st_dev;
}

}  // namespace

std::string FunctionLocks::DefaultFolder() {
  return absl::StrCat("/tmp/invocator-", ::geteuid());
}

FunctionLocks::~FunctionLocks() {
  for (const auto& [key, fd] : held_) {
    static_cast<void>(::ftruncate(fd, 0));
    ::close(fd);
  }
}

absl::Status FunctionLocks::MakeFolder() const {
  if (::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST) {
    return Unavailable(errno, folder_);
  }
  // In /tmp somebody else may have been first, with a folder or a link of
  // theirs.
  struct stat found {};
  if (::lstat(folder_.c_str(), &found) != 0) return Unavailable(errno, folder_);
  if (!S_ISDIR(found.st_mode) || found.st_uid != ::geteuid() ||
      (found.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return absl::UnavailableError(absl::StrCat(
        folder_, ": expected a folder that only this user can write"));
  }
  return absl::OkStatus();
}

absl::Status FunctionLocks::Take(const std::string& key) {
  if (held_.count(key) > 0) return absl::OkStatus();
  absl::Status folder = MakeFolder();
  if (!folder.ok()) return folder;
  const std::string path =
      absl::StrCat(folder_, "/", Sha256Hex(key).substr(0, 32), ".lock");
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const int fd =
        ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return Unavailable(errno, path);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      const std::string holder = HolderOf(fd);
      ::close(fd);
      if (error != EWOULDBLOCK) return Unavailable(error, path);
      return absl::FailedPreconditionError(holder);
    }
    if (IsAt(fd, path)) {
      WriteHolder(fd);
      held_[key] = fd;
      return absl::OkStatus();
    }
    ::close(fd);
  }
  return absl::UnavailableError(absl::StrCat(
      path, ": cannot be locked, other processes keep removing it"));
}

std::string FunctionLockKey(const LambdaFunction& function,
                            const std::string& arn,
                            const std::string& endpoint_url,
                            const std::string& access_key_id) {
  const std::string& url =
      function.endpoint_url.empty() ? endpoint_url : function.endpoint_url;
  std::string place = "aws";
  if (!IsAwsEndpoint(url)) {
    place = url;
    if (const auto parsed = ParseServiceUrl(url); parsed.ok()) {
      auto address = ParseAddress(parsed->host, parsed->plain_http ? 80 : 443);
      if (address.ok()) {
        if (IsLoopbackHost(address->host)) address->host = "localhost";
        place = absl::StrCat(address->ToString(), parsed->path);
      }
    }
  }
  return arn.empty() ? absl::StrCat(place, " ", access_key_id, " ",
                                    function.region, " ", function.name)
                     : absl::StrCat(place, " ", arn);
}

absl::Status ClaimFunction(FunctionLocks& locks, const LambdaFunction& function,
                           const std::string& arn,
                           const std::string& endpoint_url,
                           const std::string& access_key_id) {
  const absl::Status status =
      locks.Take(FunctionLockKey(function, arn, endpoint_url, access_key_id));
  if (absl::IsFailedPrecondition(status)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the memory of ", function.ToString(), " is locked by ",
        status.message(),
        " (another run or restore-memory on this machine): wait until it has "
        "ended"));
  }
  if (!status.ok()) {
    Say(absl::StrCat(
        "invocator: cannot lock ", function.ToString(),
        ", so a run on this machine that changes it too is detected "
        "only at the end: ",
        status.message()));
  }
  return absl::OkStatus();
}

}  // namespace invocator
