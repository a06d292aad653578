// Environment variables as a value, so that tests can substitute others.
#ifndef INVOCATOR_COMMON_BASE_ENVIRONMENT_H_
#define INVOCATOR_COMMON_BASE_ENVIRONMENT_H_

#include <cstdlib>
#include <functional>
#include <string>

namespace invocator {

// The value of a variable; "" for one that is unset, as AWS's tools see it.
using Environment = std::function<std::string(const char* name)>;

inline std::string ProcessVariable(const char* name) {
  // Nothing in these processes writes to the environment.
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? "" : value;
}

}  // namespace invocator

#endif  // INVOCATOR_COMMON_BASE_ENVIRONMENT_H_
