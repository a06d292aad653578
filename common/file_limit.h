// The number of files, hence connections, this process may have open.
#ifndef INVOCATOR_COMMON_FILE_LIMIT_H_
#define INVOCATOR_COMMON_FILE_LIMIT_H_

#include <sys/resource.h>

#include <cstdint>

namespace invocator {

// Raises RLIMIT_NOFILE to its hard limit and returns what is then allowed.
inline uint64_t RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

}  // namespace invocator

#endif  // INVOCATOR_COMMON_FILE_LIMIT_H_
