#include "common/channel/token.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/environment.h"
#include "common/base/sha256.h"
#include "common/base/small_file.h"

namespace invocator {
namespace {

constexpr char kVariable[] = "INVOCATOR_TOKEN";
constexpr size_t kMinBytes = 16;  // fewer can be guessed
constexpr size_t kMaxBytes = 1024;

absl::StatusOr<std::string> Check(absl::string_view text,
                                  absl::string_view source) {
  const absl::string_view token = absl::StripTrailingAsciiWhitespace(text);
  const bool is_visible = std::all_of(token.begin(), token.end(), [](char c) {
    return absl::ascii_isgraph(static_cast<unsigned char>(c));
  });
  if (!is_visible || token.size() < kMinBytes || token.size() > kMaxBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        source, ": is not a join token, expected ", kMinBytes, " to ",
        kMaxBytes, " visible ASCII characters, as of `openssl rand -hex 32`"));
  }
  return std::string(token);
}

}  // namespace

absl::StatusOr<std::string> ReadToken(const std::string& path) {
  if (!path.empty()) {
    const auto text = ReadSmallFile(path, 2 * kMaxBytes);
    if (!text.ok()) return text.status();
    return Check(*text, path);
  }
  const std::string value = ProcessVariable(kVariable);
  if (value.empty()) return "";
  return Check(value, kVariable);
}

std::string BearerAuthorization(absl::string_view token) {
  return absl::StrCat("Bearer ", token);
}

absl::Status CheckAuthorization(absl::string_view token,
                                absl::string_view presented) {
  if (presented.empty()) {
    return absl::UnauthenticatedError(
        "this coordinator asks for a join token, and the worker showed none: "
        "give it --token-file or INVOCATOR_TOKEN");
  }
  // Digests have a fixed length, so that timing reveals nothing about the
  // token.
  const Sha256Digest expected = Sha256(BearerAuthorization(token));
  const Sha256Digest found = Sha256(presented);
  if (CRYPTO_memcmp(expected.data(), found.data(), expected.size()) != 0) {
    return absl::UnauthenticatedError(
        "the worker's join token is not this coordinator's");
  }
  return absl::OkStatus();
}

}  // namespace invocator
