#include "coordinator/memory/function_locks.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "common/base/sha256.h"
#include "common/http/address.h"
#include "common/http/service_url.h"
#include "common/process/say.h"
#include "coordinator/memory/lambda_endpoint.h"

namespace invocator {
namespace {

// A file that was removed between opening and locking is no lock.
constexpr int kAttempts = 10;

absl::Status Unavailable(int error, absl::string_view what) {
  return absl::UnavailableError(absl::ErrnoToStatus(error, what).message());
}

// "process 123", from /proc/locks; "another process" if the holder runs in
// another container, or if several locked files have that inode number.
std::string HolderOf(const struct stat& file) {
  std::ifstream locks("/proc/locks");
  std::string holder;
  for (std::string line; std::getline(locks, line);) {
    // 1: FLOCK  ADVISORY  WRITE 123 fe:00:9978177 0 EOF
    const std::vector<absl::string_view> words =
        absl::StrSplit(line, absl::ByAnyChar(" "), absl::SkipEmpty());
    if (words.size() < 6 || words[1] != "FLOCK" ||
        !absl::EndsWith(words[5], absl::StrCat(":", file.st_ino))) {
      continue;
    }
    if (!holder.empty()) return "another process";
    holder = absl::StrCat("process ", words[4]);
  }
  return holder.empty() ? "another process" : holder;
}

// Opens a lock's file, or creates it if absent. Two calls: under
// fs.protected_regular, O_CREAT refuses another user's file. Returns a
// descriptor, or a negative number with the reason in errno. Never blocks, not
// even on a FIFO.
int OpenLock(const std::string& path) {
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  int fd = ::open(path.c_str(), kFlags);
  if (fd >= 0 || errno != ENOENT) return fd;
  fd = ::open(path.c_str(), kFlags | O_CREAT | O_EXCL, 0644);
  // Makes the file readable for other users whatever the umask. If this fails,
  // they cannot take the lock.
  if (fd >= 0) static_cast<void>(::fchmod(fd, 0644));
  return fd;
}

// Whether the open file is still the one of that path.
bool IsAt(const struct stat& opened, const std::string& path) {
  struct stat found {};
  return ::lstat(path.c_str(), &found) == 0 && opened.st_ino == found.st_ino &&
         opened.st_dev == found.st_dev;
}

}  // namespace

FunctionLocks::~FunctionLocks() {
  for (const auto& [key, fd] : held_) {
    // Removes the file while it is locked, so that nobody locks a file that
    // then disappears (IsAt). Another user's file stays.
    struct stat file {};
    if (::fstat(fd, &file) == 0 && IsAt(file, PathOf(key))) {
      static_cast<void>(::unlink(PathOf(key).c_str()));
    }
    ::close(fd);
  }
}

std::string FunctionLocks::PathOf(const std::string& key) const {
  return absl::StrCat(folder_, "/invocator-", Sha256Hex(key).substr(0, 32),
                      ".lock");
}

absl::Status FunctionLocks::Take(const std::string& key) {
  if (held_.count(key) > 0) return absl::OkStatus();
  const std::string path = PathOf(key);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const int fd = OpenLock(path);
    if (fd < 0 && errno == EEXIST) continue;
    const bool is_link_or_socket = errno == ELOOP || errno == ENXIO;
    if (fd < 0 && !is_link_or_socket) return Unavailable(errno, path);
    struct stat file {};
    if (fd < 0 || ::fstat(fd, &file) != 0 || !S_ISREG(file.st_mode)) {
      if (fd >= 0) ::close(fd);
      return absl::UnavailableError(
          absl::StrCat(path, ": expected a regular file; remove it"));
    }
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      ::close(fd);
      if (error != EWOULDBLOCK) return Unavailable(error, path);
      return absl::FailedPreconditionError(HolderOf(file));
    }
    if (IsAt(file, path)) {
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
