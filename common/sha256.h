// SHA-256 and HMAC-SHA-256 by OpenSSL. Safe to call from any thread.
#ifndef INVOCATOR_COMMON_SHA256_H_
#define INVOCATOR_COMMON_SHA256_H_

#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

// Lower-case hex, 64 characters.
std::string Sha256Hex(absl::string_view data);

// 32 raw bytes.
std::string HmacSha256(absl::string_view key, absl::string_view data);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_SHA256_H_
