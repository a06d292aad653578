// Keeps a few lines at the end of a terminal's text and redraws them in place.
// Messages of common/process/say.h appear above them.
//
// Does not wait for the terminal: while that takes no output (Ctrl-S), the
// lines are not redrawn and messages are kept. Only AwaitMessages and the
// destructor wait. In the background nothing is drawn.
//
// The cursor rests on an empty line above the others. Erasing thus needs no
// count of rows, which changes when a terminal wraps the lines of a narrowed
// window; and other text, such as an echoed ^C, gets a separate line. Lines
// that such a terminal scrolls off its screen stay in its history.
//
// Thread-safe. At most one exists at a time.
#ifndef INVOCATOR_COMMON_PROCESS_LIVE_LINES_H_
#define INVOCATOR_COMMON_PROCESS_LIVE_LINES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace invocator {

struct WindowSize {
  size_t columns = 80;
  size_t rows = 24;

  friend bool operator==(const WindowSize&, const WindowSize&) = default;
};

struct LiveLine {
  std::string text;  // clean, and narrower than the window
  bool is_alarm = false;

  friend bool operator==(const LiveLine&, const LiveLine&) = default;
};

class LiveLines {
 public:
  // `fd`: a terminal that takes escape sequences; must outlive it.
  explicit LiveLines(int fd);
  // Erases the lines and waits until the terminal has taken all messages.
  ~LiveLines();
  LiveLines(const LiveLines&) = delete;
  LiveLines& operator=(const LiveLines&) = delete;

  // 80 x 24 if the terminal does not report its size.
  WindowSize Size() const;

  // If there are more lines than rows in the window, the last are left out.
  void Show(std::vector<LiveLine> lines);
  void Clear();

  // Prints `text`, which ends with a line break, above the lines. False,
  // without printing, if no LiveLines exists.
  static bool PrintAbove(absl::string_view text);
  // Waits until the terminal has taken all messages, if LiveLines exist.
  static void AwaitMessages();
  // Async-signal-safe.
  static bool AreOnScreen();

 private:
  void Keep(absl::string_view message);
  // Writes as much as the terminal takes at once; everything if `wait`.
  void Flush(bool wait);
  // Makes unwritten_ of the messages and the lines.
  void Compose();
  void AppendFrame(size_t rows);

  const int fd_;
  // The same terminal, opened again since O_NONBLOCK on fd_ would also apply to
  // other processes that share it; -1 if that failed.
  const int own_fd_;

  std::vector<LiveLine> lines_;
  std::string messages_;   // not yet in unwritten_
  uint64_t left_out_ = 0;  // messages, since messages_ is full
  bool is_due_ = false;    // lines_ or messages_ have changed
  std::string unwritten_;  // may begin within an escape sequence
  bool is_drawn_ = false;
  WindowSize drawn_in_;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PROCESS_LIVE_LINES_H_
