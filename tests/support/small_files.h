// Simulates a full disk: no file of this process can grow beyond some bytes.
#ifndef INVOCATOR_TESTS_SUPPORT_SMALL_FILES_H_
#define INVOCATOR_TESTS_SUPPORT_SMALL_FILES_H_

#include <sys/resource.h>

#include <csignal>

namespace invocator {

// In force during its lifetime.
class SmallFiles {
 public:
  explicit SmallFiles(rlim_t bytes) : handler_(signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit = {bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~SmallFiles() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, handler_);
  }
  SmallFiles(const SmallFiles&) = delete;
  SmallFiles& operator=(const SmallFiles&) = delete;

 private:
  const sighandler_t handler_;
  rlimit before_;
};

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_SMALL_FILES_H_
