#include "gateway/credentials_file.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/aws/aws_profile.h"
#include "common/base/small_file.h"
#include "common/credentials/credentials_answer.h"

namespace invocator {
namespace {

constexpr size_t kMaxFileBytes = size_t{1} << 20;

absl::StatusOr<FoundCredentials> ReadProfile(const AwsProfile& profile) {
  FoundCredentials found;
  found.credentials = {ValueOf(profile, "aws_access_key_id"),
                       ValueOf(profile, "aws_secret_access_key"),
                       ValueOf(profile, "aws_session_token")};
  const absl::Status status = CheckCredentials(found.credentials);
  if (!status.ok()) return status;
  const std::string expiration = ValueOf(profile, "expiration");
  if (expiration.empty()) return found;
  const absl::StatusOr<absl::Time> time = ParseExpiration(expiration);
  if (!time.ok()) {
    return absl::InvalidArgumentError(
        "its expiration is not a time such as 2026-08-30T12:36:00Z");
  }
  found.expires_at = *time;
  return found;
}

}  // namespace

absl::StatusOr<std::vector<FoundCredentials>> ReadCredentialsFile(
    const std::string& path) {
  const auto text = ReadSmallFile(path, kMaxFileBytes);
  if (!text.ok()) return text.status();
  const auto file = ParseAwsFile(path, *text, AwsFileKind::kCredentials);
  if (!file.ok()) return file.status();
  std::vector<FoundCredentials> all;
  for (const auto& [name, profile] : file->profiles) {
    absl::StatusOr<FoundCredentials> found = ReadProfile(profile);
    if (!found.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(
          path, ": profile ", Quotable(name), ": ", found.status().message()));
    }
    all.push_back(*std::move(found));
  }
  return all;
}

}  // namespace invocator
