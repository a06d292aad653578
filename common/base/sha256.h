// SHA-256 and HMAC-SHA-256 by OpenSSL. Safe to call from any thread.
#ifndef INVOCATOR_COMMON_BASE_SHA256_H_
#define INVOCATOR_COMMON_BASE_SHA256_H_

#include <array>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace invocator {

using Sha256Digest = std::array<unsigned char, 32>;
inline constexpr size_t kSha256HexBytes = 64;

Sha256Digest Sha256(absl::string_view data);

// Lower-case hex, 64 characters.
std::string Sha256Hex(absl::string_view data);

// 32 raw bytes.
std::string HmacSha256(absl::string_view key, absl::string_view data);

// Writes lower-case hex over out[0, kSha256HexBytes).
void WriteHex(const Sha256Digest& digest, char* out);

// Computes the SHA-256 of bytes added in parts. Thread-compatible.
class Sha256Stream {
 public:
  Sha256Stream();

  void Add(absl::string_view part);
  // The digest of all parts. REQUIRES: the last call of this object
  Sha256Digest Finish();

 private:
  struct Deleter {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Deleter> context_;
};

// A key of HMAC-SHA-256 (RFC 2104), prepared once for many messages. A plain
// value; const methods may be called from any thread.
class HmacKey {
 public:
  explicit HmacKey(absl::string_view key);

  Sha256Digest Mac(absl::string_view data) const;

 private:
  std::array<char, 64> inner_;
  std::array<char, 64> outer_;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_BASE_SHA256_H_
