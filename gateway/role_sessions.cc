#include "gateway/role_sessions.h"

#include <random>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/constant_time.h"

namespace invocator {
namespace {

// Behind the four letters that say what an id is of.
constexpr size_t kKeyIdLetters = 16;
constexpr size_t kRoleIdLetters = 17;
constexpr size_t kSecretBytes = 30;  // 40 letters of base64
constexpr size_t kMacBytes = sizeof(Sha256Digest);

HmacKey DrawKey() {
  std::random_device random;
  std::string key;
  for (int word = 0; word < 8; ++word) {
    absl::StrAppend(&key, absl::Hex(random(), absl::kZeroPad8));
  }
  return HmacKey(key);
}

std::string Bytes(const Sha256Digest& digest) {
  return {digest.begin(), digest.end()};
}

std::string UniqueId(absl::string_view prefix, const Sha256Digest& digest,
                     size_t letters) {
  static constexpr char kBase32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string id(prefix);
  for (size_t i = 0; i < letters; ++i) id += kBase32[digest[i] % 32];
  return id;
}

}  // namespace

std::string AssumedRoleId(absl::string_view arn) {
  const size_t name = arn.rfind('/') + 1;
  return absl::StrCat(
      UniqueId("AROA", Sha256(arn.substr(0, name)), kRoleIdLetters), ":",
      arn.substr(name));
}

RoleSessions::RoleSessions() : key_(DrawKey()) {}

RoleSession RoleSessions::Begin(absl::string_view arn, absl::Time expires_at) {
  return *Restore(
      absl::StrCat(absl::ToUnixSeconds(expires_at), " ", ++begun_, " ", arn));
}

std::optional<RoleSession> RoleSessions::Find(absl::string_view token) const {
  std::string bytes;
  if (!absl::Base64Unescape(token, &bytes) || bytes.size() < kMacBytes) {
    return std::nullopt;
  }
  // Whoever knows the facts cannot make the token, which begins with their MAC.
  std::optional<RoleSession> session =
      Restore(absl::string_view(bytes).substr(kMacBytes));
  if (!session ||
      !EqualInConstantTime(session->keys.credentials.session_token, token)) {
    return std::nullopt;
  }
  return session;
}

std::optional<RoleSession> RoleSessions::Restore(
    absl::string_view facts) const {
  const std::vector<absl::string_view> parts =
      absl::StrSplit(facts, absl::MaxSplits(' ', 2));
  int64_t expires_unix_s = 0;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &expires_unix_s)) {
    return std::nullopt;
  }
  const auto derive = [&](absl::string_view what) {
    return key_.Mac(absl::StrCat(what, " ", facts));
  };
  RoleSession session;
  session.arn = std::string(parts[2]);
  Credentials& credentials = session.keys.credentials;
  credentials.access_key_id = UniqueId("ASIA", derive("id"), kKeyIdLetters);
  credentials.secret_access_key =
      absl::Base64Escape(Bytes(derive("secret")).substr(0, kSecretBytes));
  credentials.session_token =
      absl::Base64Escape(absl::StrCat(Bytes(derive("token")), facts));
  session.keys.expires_at = absl::FromUnixSeconds(expires_unix_s);
  return session;
}

}  // namespace invocator
