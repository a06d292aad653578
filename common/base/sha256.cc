#include "common/base/sha256.h"

#include <openssl/evp.h>

#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <memory>

namespace invocator {
namespace {

[[noreturn]] void Fail() {
  std::fputs("OpenSSL cannot compute SHA-256\n", stderr);
  std::abort();
}

struct ContextDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Why not the one-shot SHA256() and HMAC(): OpenSSL 3 looks the algorithm up
// at each of their calls, which costs more than a request's hashing (0.44 and
// 1.2 us against 0.23 and 0.32; tests/bench/sigv4_bench.cc). The algorithm is
// therefore fetched once, and each thread keeps one context.
Sha256Digest HashParts(std::initializer_list<absl::string_view> parts) {
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, ContextDeleter> context(
      EVP_MD_CTX_new());
  if (algorithm == nullptr || context == nullptr ||
      EVP_DigestInit_ex2(context.get(), algorithm, nullptr) != 1) {
    Fail();
  }
  for (absl::string_view part : parts) {
    if (EVP_DigestUpdate(context.get(), part.data(), part.size()) != 1) Fail();
  }
  Sha256Digest digest;
  if (EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) != 1) Fail();
  return digest;
}

template <typename Bytes>
absl::string_view View(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Sha256Digest Sha256(absl::string_view data) { return HashParts({data}); }

void WriteHex(const Sha256Digest& digest, char* out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (unsigned char byte : digest) {
    *out++ = kDigits[byte >> 4];
    *out++ = kDigits[byte & 15];
  }
}

std::string Sha256Hex(absl::string_view data) {
  std::string hex(kSha256HexBytes, '\0');
  WriteHex(Sha256(data), hex.data());
  return hex;
}

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) {
  if (context_ == nullptr ||
      EVP_DigestInit_ex2(context_.get(), EVP_sha256(), nullptr) != 1) {
    Fail();
  }
}

void Sha256Stream::Deleter::operator()(evp_md_ctx_st* context) const {
  EVP_MD_CTX_free(context);
}

void Sha256Stream::Add(absl::string_view part) {
  if (EVP_DigestUpdate(context_.get(), part.data(), part.size()) != 1) Fail();
}

Sha256Digest Sha256Stream::Finish() {
  Sha256Digest digest;
  if (EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) != 1) Fail();
  return digest;
}

HmacKey::HmacKey(absl::string_view key) {
  Sha256Digest hashed;
  if (key.size() > inner_.size()) {
    hashed = Sha256(key);
    key = View(hashed);
  }
  for (size_t i = 0; i < inner_.size(); ++i) {
    const char byte = i < key.size() ? key[i] : '\0';
    inner_[i] = static_cast<char>(byte ^ 0x36);
    outer_[i] = static_cast<char>(byte ^ 0x5c);
  }
}

Sha256Digest HmacKey::Mac(absl::string_view data) const {
  const Sha256Digest inner = HashParts({View(inner_), data});
  return HashParts({View(outer_), View(inner)});
}

std::string HmacSha256(absl::string_view key, absl::string_view data) {
  return std::string(View(HmacKey(key).Mac(data)));
}

}  // namespace invocator
