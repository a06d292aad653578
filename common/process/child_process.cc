#include "common/process/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/process/output.h"
#include "common/process/signals_held.h"
#include "common/words/foreign_text.h"

namespace invocator {
namespace {

using std::chrono::steady_clock;

constexpr absl::Duration kStep = absl::Milliseconds(20);

// The last child started, while it runs; else 0.
std::atomic<pid_t> running_child = 0;
static_assert(std::atomic<pid_t>::is_always_lock_free, "used in a handler");

// The attributes and file actions of a spawn, freed with it.
class SpawnPlan {
 public:
  explicit SpawnPlan(int output) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null",
                                     O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    // In a library, stderr belongs to the host program.
    if (&CurrentOutput() != &StandardStreams()) {
      posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null",
                                       O_WRONLY, 0);
    }
    // The child must not inherit our connections and files.
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);

    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP |
                                               POSIX_SPAWN_SETSIGDEF |
                                               POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&attributes_, 0);
    sigset_t set;
    sigemptyset(&set);
    posix_spawnattr_setsigmask(&attributes_, &set);
    for (int signal : {SIGPIPE, SIGXFSZ, SIGINT, SIGTERM}) {
      sigaddset(&set, signal);
    }
    posix_spawnattr_setsigdefault(&attributes_, &set);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  // 0, or an errno.
  int Spawn(const std::vector<std::string>& arguments, pid_t& pid) const {
    std::vector<char*> argv;
    argv.reserve(arguments.size() + 1);
    for (const std::string& argument : arguments) {
      argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    return posix_spawnp(&pid, argv[0], &actions_, &attributes_, argv.data(),
                        environ);
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

// A started child: its output is read, its end awaited. Killed with its group
// and reaped when this goes.
class Running {
 public:
  Running(const ChildProcess& child, std::string name, pid_t pid, int output)
      : child_(child),
        name_(std::move(name)),
        pid_(pid),
        output_(output),
        deadline_(steady_clock::now() +
                  absl::ToChronoNanoseconds(child.timeout)) {}
  ~Running() {
    close(output_);
    Forget();
    if (reaped_) return;
    kill(-pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  absl::StatusOr<std::string> AwaitEnd() {
    std::string text;
    while (true) {
      absl::StatusOr<bool> more = ReadMore(text);
      if (!more.ok()) return more.status();
      if (!*more) break;
    }
    int how = 0;
    pid_t ended;
    while ((ended = waitpid(pid_, &how, WNOHANG)) == 0) {
      const absl::Status status = CheckTime();
      if (!status.ok()) return status;
      absl::SleepFor(absl::Milliseconds(1));
    }
    reaped_ = true;
    // The host program reaps all children: the status is lost, but the caller
    // checks the output.
    if (ended < 0 && errno == ECHILD) return text;
    if (ended < 0) return absl::ErrnoToStatus(errno, name_);
    if (WIFEXITED(how) && WEXITSTATUS(how) == 0) return text;
    return absl::FailedPreconditionError(
        WIFEXITED(how)
            ? absl::StrCat(name_, " ended with status ", WEXITSTATUS(how))
            : absl::StrCat(name_, " was ended by signal ", WTERMSIG(how)));
  }

 private:
  void Forget() {
    pid_t ours = pid_;
    running_child.compare_exchange_strong(ours, 0);
  }

  absl::Status CheckTime() const {
    if (child_.give_up && child_.give_up()) {
      return absl::CancelledError(absl::StrCat(name_, ": given up"));
    }
    if (steady_clock::now() < deadline_) return absl::OkStatus();
    return absl::DeadlineExceededError(absl::StrCat(
        name_, " has not ended within ", absl::FormatDuration(child_.timeout)));
  }

  // False at the output's end.
  absl::StatusOr<bool> ReadMore(std::string& text) {
    const absl::Status status = CheckTime();
    if (!status.ok()) return status;
    pollfd readable{output_, POLLIN, 0};
    if (poll(&readable, 1,
             static_cast<int>(absl::ToInt64Milliseconds(kStep))) <= 0) {
      return true;
    }
    std::array<char, 4096> bytes;
    const ssize_t n = read(output_, bytes.data(), bytes.size());
    if (n <= 0) return n < 0 && errno == EINTR;
    text.append(bytes.data(), static_cast<size_t>(n));
    if (text.size() > child_.max_output_bytes) {
      return absl::ResourceExhaustedError(absl::StrCat(
          name_, " wrote more than ", child_.max_output_bytes, " bytes"));
    }
    return true;
  }

  const ChildProcess& child_;
  const std::string name_;
  const pid_t pid_;
  const int output_;
  const steady_clock::time_point deadline_;
  bool reaped_ = false;
};

}  // namespace

absl::StatusOr<std::string> RunChildProcess(const ChildProcess& child) {
  if (child.arguments.empty() || child.arguments[0].empty()) {
    return absl::InvalidArgumentError("no program is named");
  }
  const std::string name = CleanLine(child.arguments[0], kMaxQuotedText);
  std::array<int, 2> ends;
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat(name, ": no pipe"));
  }
  pid_t pid = 0;
  int error;
  {
    const SignalsHeld held;  // so that no child is missed
    error = SpawnPlan(ends[1]).Spawn(child.arguments, pid);
    if (error == 0) running_child = pid;
  }
  close(ends[1]);
  if (error != 0) {
    close(ends[0]);
    return absl::ErrnoToStatus(error,
                               absl::StrCat(name, ": cannot be started"));
  }
  return Running(child, name, pid, ends[0]).AwaitEnd();
}

void KillChildProcess() {
  const pid_t pid = running_child.load();
  if (pid > 0) kill(-pid, SIGKILL);
}

}  // namespace invocator
