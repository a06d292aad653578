// Compares secrets in constant time, so that timing does not reveal the first
// difference.
#ifndef INVOCATOR_COMMON_BASE_CONSTANT_TIME_H_
#define INVOCATOR_COMMON_BASE_CONSTANT_TIME_H_

#include <openssl/crypto.h>

#include "absl/strings/string_view.h"

namespace invocator {

// The time depends on the lengths alone.
inline bool EqualInConstantTime(absl::string_view a, absl::string_view b) {
  return a.size() == b.size() &&
         CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace invocator

#endif  // INVOCATOR_COMMON_BASE_CONSTANT_TIME_H_
