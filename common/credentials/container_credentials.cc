#include "common/credentials/container_credentials.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/small_file.h"
#include "common/credentials/credentials_answer.h"
#include "common/http/address.h"
#include "common/http/http_syntax.h"

namespace invocator {
namespace {

constexpr char kRelative[] = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
constexpr char kFull[] = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
constexpr char kToken[] = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
constexpr char kTokenFile[] = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
constexpr char kAgent[] = "http://169.254.170.2";
constexpr int kAttempts = 3;
constexpr size_t kMaxTokenBytes = size_t{16} << 10;

bool MayGoInTheClear(absl::string_view host) {
  return IsLoopbackHost(host) || host == "169.254.170.2" ||
         host == "169.254.170.23" || host == "fd00:ec2::23";
}

// "" if none is set. Never quoted in an error.
absl::StatusOr<std::string> ReadToken(const Environment& variable) {
  const std::string file = variable(kTokenFile);
  std::string token = variable(kToken);
  if (!file.empty()) {
    absl::StatusOr<std::string> text = ReadSmallFile(file, kMaxTokenBytes);
    if (!text.ok()) {
      return absl::FailedPreconditionError(
          absl::StrCat(kTokenFile, ": ", text.status().message()));
    }
    token = std::string(absl::StripTrailingAsciiWhitespace(*text));
  }
  if (!IsHttpHeaderValue(token)) {
    return absl::FailedPreconditionError(
        absl::StrCat(file.empty() ? kToken : kTokenFile,
                     " holds a line end or a blank at its end, which no "
                     "header may have"));
  }
  return token;
}

}  // namespace

bool HasContainerCredentials(const Environment& variable) {
  return !variable(kRelative).empty() || !variable(kFull).empty();
}

absl::StatusOr<std::string> ContainerUrl(const Environment& variable) {
  const std::string relative = variable(kRelative);
  if (!relative.empty()) {
    if (!absl::StartsWith(relative, "/")) {
      return absl::FailedPreconditionError(
          absl::StrCat(kRelative, " does not begin with '/'"));
    }
    return kAgent + relative;
  }
  const std::string url = variable(kFull);
  if (absl::StartsWith(url, "https://")) return url;
  const size_t authority = absl::StartsWith(url, "http://") ? 7 : 0;
  const auto address =
      AddressOfUrl(url.substr(0, url.find_first_of("/?", authority)));
  if (!address.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat(kFull, " is not an http or https URL"));
  }
  if (MayGoInTheClear(address->host)) return url;
  return absl::FailedPreconditionError(
      absl::StrCat(kFull, ": ", address->host,
                   " is neither this machine nor the address of ",
                   "a container agent: expected https"));
}

absl::StatusOr<FoundCredentials> FetchContainerCredentials(
    const Environment& variable, const std::string& ca_file, const SourceIo& io,
    const GiveUp& give_up) {
  absl::StatusOr<std::string> url = ContainerUrl(variable);
  if (!url.ok()) return url.status();
  absl::StatusOr<std::string> token = ReadToken(variable);
  if (!token.ok()) return token.status();
  HttpRequest request;
  request.url = *std::move(url);
  request.headers = {{"Accept", "application/json"}};
  if (!token->empty()) {
    request.headers.emplace_back("Authorization", *std::move(token));
  }
  request.timeout = absl::Seconds(2);
  request.max_response_bytes = kMaxAnswerBytes;
  request.target.ca_file = ca_file;
  request.give_up = give_up;
  const auto response = FetchPatiently(io, request, kAttempts, absl::Seconds(1),
                                       IsTransientStatus);
  if (!response.ok()) return response.status();
  if (response->status != 200) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the container's agent answered with status ", response->status));
  }
  return ParseMetadataAnswer(response->body);
}

}  // namespace invocator
