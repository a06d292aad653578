// A terminal without a program behind it: a pseudo-terminal's two ends.
#ifndef INVOCATOR_TESTS_SUPPORT_TERMINAL_H_
#define INVOCATOR_TESTS_SUPPORT_TERMINAL_H_

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace invocator {

class Terminal {
 public:
  explicit Terminal(unsigned short columns = 80, unsigned short rows = 24)
      : master_(posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK)) {
    grantpt(master_);
    unlockpt(master_);
    fd_ = open(ptsname(master_), O_RDWR | O_NOCTTY);
    Resize(columns, rows);
  }
  ~Terminal() {
    close(fd_);
    close(master_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // The end that a program writes to.
  int fd() const { return fd_; }

  void Resize(unsigned short columns, unsigned short rows) const {
    winsize size = {};
    size.ws_col = columns;
    size.ws_row = rows;
    ioctl(master_, TIOCSWINSZ, &size);
  }
  // As Ctrl-S and Ctrl-Q do.
  void Stop() const { tcflow(fd_, TCOOFF); }
  void Start() const { tcflow(fd_, TCOON); }

  // Everything written since the last call.
  std::string Read() const {
    std::string text;
    char part[4096];
    for (ssize_t n; (n = read(master_, part, sizeof(part))) > 0;) {
      text.append(part, static_cast<size_t>(n));
    }
    return text;
  }

 private:
  const int master_;
  int fd_;
};

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_TERMINAL_H_
