#include "common/process/live_lines.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

// Limit for messages that the terminal has not taken.
constexpr size_t kMaxKeptBytes = size_t{256} << 10;
// Pause if poll reports the terminal as writable, but write does not take any:
// there is room for one byte, and "\n" becomes two.
constexpr int kPauseMs = 10;

// ECMA-48 and, for wrapping, DEC private modes.
constexpr char kEraseBelow[] = "\x1b[J";
constexpr char kEraseLine[] = "\x1b[K";
constexpr char kNoWrap[] = "\x1b[?7l";
constexpr char kWrap[] = "\x1b[?7h";
constexpr char kRed[] = "\x1b[31m";
constexpr char kNoColour[] = "\x1b[m";

std::mutex mutex;  // guards `current` and the members of every LiveLines
LiveLines* current = nullptr;
std::atomic<bool> are_on_screen = false;
static_assert(std::atomic<bool>::is_always_lock_free);

int OpenAnew(int fd) {
  if (isatty(fd) == 0) return -1;
  return open(absl::StrCat("/proc/self/fd/", fd).c_str(),
              O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

// A terminal that is not the controlling one has no foreground group.
bool IsInBackground(int fd) {
  const pid_t foreground = tcgetpgrp(fd);
  return foreground >= 0 && foreground != getpgrp();
}

}  // namespace

LiveLines::LiveLines(int fd) : fd_(fd), own_fd_(OpenAnew(fd)) {
  const std::lock_guard lock(mutex);
  current = this;
}

LiveLines::~LiveLines() {
  const std::lock_guard lock(mutex);
  current = nullptr;
  lines_.clear();
  is_due_ = true;
  Flush(/*wait=*/true);
  if (own_fd_ >= 0) close(own_fd_);
}

WindowSize LiveLines::Size() const {
  winsize size = {};
  if (ioctl(fd_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 ||
      size.ws_row == 0) {
    return {};
  }
  return {size.ws_col, size.ws_row};
}

void LiveLines::Show(std::vector<LiveLine> lines) {
  const std::lock_guard lock(mutex);
  lines_ = std::move(lines);
  is_due_ = true;
  Flush(/*wait=*/false);
}

void LiveLines::Clear() { Show({}); }

bool LiveLines::PrintAbove(absl::string_view text) {
  const std::lock_guard lock(mutex);
  if (current == nullptr) return false;
  current->Keep(text);
  current->Flush(/*wait=*/false);
  return true;
}

void LiveLines::AwaitMessages() {
  const std::lock_guard lock(mutex);
  if (current != nullptr) current->Flush(/*wait=*/true);
}

bool LiveLines::AreOnScreen() { return are_on_screen; }

void LiveLines::Keep(absl::string_view message) {
  is_due_ = true;
  if (left_out_ > 0 || messages_.size() + message.size() > kMaxKeptBytes) {
    ++left_out_;
  } else {
    absl::StrAppend(&messages_, message);
  }
}

void LiveLines::Flush(bool wait) {
  const int fd = own_fd_ >= 0 ? own_fd_ : fd_;
  while (is_due_ || !unwritten_.empty()) {
    pollfd writable{fd, POLLOUT, 0};
    const int ready = poll(&writable, 1, wait ? -1 : 0);
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) return;
    if (unwritten_.empty()) Compose();
    if (unwritten_.empty()) return;
    const ssize_t written = write(fd, unwritten_.data(), unwritten_.size());
    if (written >= 0) {
      unwritten_.erase(0, static_cast<size_t>(written));
    } else if (errno == EAGAIN) {
      if (!wait) return;
      poll(nullptr, 0, kPauseMs);
    } else if (errno != EINTR) {
      unwritten_.clear();  // the terminal is gone
    }
  }
}

void LiveLines::Compose() {
  is_due_ = false;
  const bool may_draw = !IsInBackground(fd_);
  // In the background, a shell has written below the lines.
  if (!may_draw) is_drawn_ = false;
  // Rows that a terminal has wrapped would stay joined if only overwritten.
  const WindowSize window = Size();
  if (is_drawn_ &&
      (lines_.empty() || !messages_.empty() || window != drawn_in_)) {
    absl::StrAppend(&unwritten_, "\r", kEraseBelow);
  }
  absl::StrAppend(&unwritten_, std::exchange(messages_, {}));
  if (left_out_ > 0) {
    absl::StrAppend(&unwritten_, "(", std::exchange(left_out_, 0),
                    " more messages while the terminal stood still)\n");
  }
  is_drawn_ = may_draw && !lines_.empty();
  are_on_screen = is_drawn_;
  drawn_in_ = window;
  if (is_drawn_) AppendFrame(window.rows);
}

// Lines are overwritten, not erased first, so that they do not flicker.
// Wrapping is off, so that no line changes its row in a window that was just
// narrowed.
void LiveLines::AppendFrame(size_t rows) {
  const size_t count = std::min(lines_.size(), std::max<size_t>(rows - 1, 1));
  absl::StrAppend(&unwritten_, kNoWrap);
  if (rows > 1) absl::StrAppend(&unwritten_, "\r", kEraseLine, "\n");
  for (size_t i = 0; i < count; ++i) {
    const bool is_red = lines_[i].is_alarm;
    absl::StrAppend(&unwritten_, i == 0 ? "\r" : "\r\n", is_red ? kRed : "",
                    lines_[i].text, is_red ? kNoColour : "", kEraseLine);
  }
  absl::StrAppend(&unwritten_, kEraseBelow, kWrap, "\r");
  if (rows > 1) absl::StrAppend(&unwritten_, "\x1b[", count, "A");
}

}  // namespace invocator
