#include "common/aws/credentials.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

// Session tokens have 1 to 2 KB; API Gateway takes 10 KB of headers.
constexpr size_t kMaxBytes = size_t{16} << 10;

absl::Status CheckPart(absl::string_view name, const std::string& text) {
  if (text.size() > kMaxBytes) {
    return absl::FailedPreconditionError(absl::StrCat(
        name, " has ", text.size(), " bytes, expected at most ", kMaxBytes));
  }
  if (!std::all_of(text.begin(), text.end(), [](char c) {
        return absl::ascii_isgraph(static_cast<unsigned char>(c));
      })) {
    return absl::FailedPreconditionError(absl::StrCat(
        name, " holds a blank, a line end or another character that no AWS ",
        "credential has"));
  }
  return absl::OkStatus();
}

struct PartNames {
  absl::string_view id = "the access key id";
  absl::string_view secret = "the secret access key";
  absl::string_view token = "the session token";
};

absl::Status Check(const Credentials& credentials, const PartNames& names) {
  absl::Status status = CheckPart(names.id, credentials.access_key_id);
  status.Update(CheckPart(names.secret, credentials.secret_access_key));
  status.Update(CheckPart(names.token, credentials.session_token));
  return status;
}

}  // namespace

absl::Status CheckCredentials(const Credentials& credentials) {
  if (credentials.access_key_id.empty()) {
    return absl::FailedPreconditionError("the access key id is missing");
  }
  if (credentials.secret_access_key.empty()) {
    return absl::FailedPreconditionError("the secret access key is missing");
  }
  return Check(credentials, PartNames());
}

std::string ShortKeyId(absl::string_view id) {
  constexpr size_t kShown = 4;
  if (id.size() < 3 * kShown) return "...";
  return absl::StrCat(id.substr(0, kShown), "...",
                      id.substr(id.size() - kShown));
}

absl::StatusOr<Credentials> CredentialsFromEnvironment(
    const Environment& variable) {
  Credentials credentials{variable("AWS_ACCESS_KEY_ID"),
                          variable("AWS_SECRET_ACCESS_KEY"),
                          variable("AWS_SESSION_TOKEN")};
  if (credentials.session_token.empty()) {
    credentials.session_token = variable("AWS_SECURITY_TOKEN");
  }
  const absl::Status status = Check(
      credentials,
      {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"});
  if (!status.ok()) return status;
  if (credentials.access_key_id.empty() &&
      credentials.secret_access_key.empty()) {
    return absl::NotFoundError(
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set");
  }
  if (credentials.secret_access_key.empty()) {
    return absl::FailedPreconditionError(
        "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not");
  }
  if (credentials.access_key_id.empty()) {
    return absl::FailedPreconditionError(
        "AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not");
  }
  return credentials;
}

}  // namespace invocator
