#include "common/credentials.h"

#include <algorithm>
#include <cstdlib>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

absl::StatusOr<std::string> ReadVariable(const char* name) {
  const char* value = std::getenv(name);
  std::string text = value == nullptr ? "" : value;
  if (!std::all_of(text.begin(), text.end(), [](char c) {
        return absl::ascii_isgraph(static_cast<unsigned char>(c));
      })) {
    return absl::FailedPreconditionError(absl::StrCat(
        name, " holds a blank, a line end or another character that no AWS ",
        "credential has"));
  }
  return text;
}

}  // namespace

absl::StatusOr<Credentials> CredentialsFromEnvironment() {
  absl::StatusOr<std::string> id = ReadVariable("AWS_ACCESS_KEY_ID");
  if (!id.ok()) return id.status();
  absl::StatusOr<std::string> secret = ReadVariable("AWS_SECRET_ACCESS_KEY");
  if (!secret.ok()) return secret.status();
  absl::StatusOr<std::string> token = ReadVariable("AWS_SESSION_TOKEN");
  if (!token.ok()) return token.status();

  if (id->empty() && secret->empty()) {
    return absl::FailedPreconditionError(
        "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY "
        "(and AWS_SESSION_TOKEN for temporary ones) in the environment");
  }
  if (secret->empty()) {
    return absl::FailedPreconditionError(
        "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not");
  }
  if (id->empty()) {
    return absl::FailedPreconditionError(
        "AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not");
  }
  return Credentials{*std::move(id), *std::move(secret), *std::move(token)};
}

}  // namespace invocator
