// A disk that is full, for a test.
#ifndef INVOCATOR_TESTS_SUPPORT_FILE_SIZE_LIMIT_H_
#define INVOCATOR_TESTS_SUPPORT_FILE_SIZE_LIMIT_H_

#include <signal.h>
#include <sys/resource.h>

namespace invocator {

// While it lives, no file grows beyond that size: a write up to it is cut
// short, and one beyond it fails.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit = {bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, on_signal_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_ = {};
  void (*const on_signal_)(int) = signal(SIGXFSZ, SIG_IGN);
};

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_FILE_SIZE_LIMIT_H_
