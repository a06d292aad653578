#include "common/credentials/imds_credentials.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/credentials/credentials_answer.h"
#include "common/http/http_syntax.h"

namespace invocator {
namespace {

constexpr char kRolePath[] = "/latest/meta-data/iam/security-credentials/";
constexpr char kPlacementPath[] = "/latest/meta-data/placement/";
constexpr size_t kMaxRegionBytes = 64;
constexpr absl::Duration kPause = absl::Milliseconds(200);
constexpr absl::Duration kExtension = absl::Minutes(10);

std::string FirstOf(const std::string& variable, const std::string& key) {
  return variable.empty() ? key : variable;
}

bool IsTrue(absl::string_view text) {
  return absl::EqualsIgnoreCase(text, "true");
}

// "us-gov-west-1", as it goes into hosts and signatures.
bool IsRegionName(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxRegionBytes &&
         absl::StrContains(text, "-") &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
             absl::string_view::npos;
}

// One session with the service: a token, and the requests made with it.
class Session {
 public:
  Session(const ImdsOptions& options, const SourceIo& io, const GiveUp& give_up)
      : options_(options), io_(io), give_up_(give_up) {}

  // Without a token it is a session of version 1.
  absl::Status Open() {
    HttpRequest request = Request("PUT", "/latest/api/token");
    request.headers = {{"x-aws-ec2-metadata-token-ttl-seconds", "21600"}};
    const auto response = Fetch(request);
    if (absl::IsUnavailable(response.status())) {
      return absl::NotFoundError(response.status().message());
    }
    if (absl::IsDeadlineExceeded(response.status()))
      return AllowV1("no answer");
    if (!response.ok()) return response.status();
    if (response->status == 403 || response->status == 404 ||
        response->status == 405) {
      return AllowV1(absl::StrCat("status ", response->status));
    }
    if (response->status != 200) return Unexpected("a token", *response);
    token_ = std::string(absl::StripAsciiWhitespace(response->body));
    if (token_.empty() || !IsHttpHeaderValue(token_)) {
      return absl::InvalidArgumentError("the token is no header value");
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Get(const std::string& path,
                                  absl::string_view what) {
    HttpRequest request = Request("GET", path);
    if (!token_.empty()) {
      request.headers = {{"x-aws-ec2-metadata-token", token_}};
    }
    auto response = Fetch(request);
    if (!response.ok()) {
      return absl::NotFoundError(response.status().message());
    }
    if (response->status == 404) {
      return absl::NotFoundError(absl::StrCat("has no ", what));
    }
    if (response->status != 200) return Unexpected(what, *response);
    return std::move(response->body);
  }

 private:
  HttpRequest Request(const char* method, const std::string& path) const {
    HttpRequest request;
    request.method = method;
    request.url = options_.endpoint + path;
    request.timeout = options_.timeout;
    request.max_response_bytes = kMaxAnswerBytes;
    request.give_up = give_up_;
    return request;
  }

  absl::StatusOr<HttpResponse> Fetch(const HttpRequest& request) const {
    return FetchPatiently(io_, request, options_.attempts, kPause,
                          IsTransientStatus);
  }

  absl::Status AllowV1(absl::string_view why) const {
    if (!options_.v1_disabled) return absl::OkStatus();
    return absl::NotFoundError(absl::StrCat(
        why, " for a token, and AWS_EC2_METADATA_V1_DISABLED is true"));
  }

  static absl::Status Unexpected(absl::string_view what,
                                 const HttpResponse& response) {
    return absl::FailedPreconditionError(
        absl::StrCat("status ", response.status, " for ", what));
  }

  const ImdsOptions& options_;
  const SourceIo& io_;
  const GiveUp& give_up_;
  std::string token_;
};

}  // namespace

ImdsOptions ReadImdsOptions(const Environment& variable,
                            const AwsProfile& profile) {
  const auto setting = [&](const char* name, const char* key) {
    return FirstOf(variable(name), ValueOf(profile, key));
  };
  ImdsOptions options;
  options.disabled = IsTrue(variable("AWS_EC2_METADATA_DISABLED"));
  options.v1_disabled = IsTrue(
      setting("AWS_EC2_METADATA_V1_DISABLED", "ec2_metadata_v1_disabled"));
  options.endpoint = setting("AWS_EC2_METADATA_SERVICE_ENDPOINT",
                             "ec2_metadata_service_endpoint");
  if (options.endpoint.empty()) {
    const std::string mode = setting("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
                                     "ec2_metadata_service_endpoint_mode");
    options.endpoint = absl::EqualsIgnoreCase(mode, "IPv6")
                           ? "http://[fd00:ec2::254]"
                           : "http://169.254.169.254";
  }
  while (absl::EndsWith(options.endpoint, "/")) options.endpoint.pop_back();
  double timeout_s;
  if (absl::SimpleAtod(
          setting("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout"),
          &timeout_s) &&
      timeout_s > 0 && timeout_s <= 60) {
    options.timeout = absl::Seconds(timeout_s);
  }
  int attempts;
  if (absl::SimpleAtoi(setting("AWS_METADATA_SERVICE_NUM_ATTEMPTS",
                               "metadata_service_num_attempts"),
                       &attempts) &&
      attempts >= 1 && attempts <= 10) {
    options.attempts = attempts;
  }
  return options;
}

absl::StatusOr<FoundCredentials> FetchImdsCredentials(
    const ImdsOptions& options, const SourceIo& io, const GiveUp& give_up) {
  Session session(options, io, give_up);
  const absl::Status opened = session.Open();
  if (!opened.ok()) return opened;
  const auto roles = session.Get(kRolePath, "a role");
  if (!roles.ok()) return roles.status();
  // The first line; there is never more than one.
  const absl::string_view role = absl::StripAsciiWhitespace(
      absl::string_view(*roles).substr(0, roles->find('\n')));
  if (role.empty()) return absl::NotFoundError("has no role");
  if (!IsHttpPath(absl::StrCat("/", role))) {
    return absl::InvalidArgumentError(
        "answered something else than a role's name");
  }
  const auto answer = session.Get(absl::StrCat(kRolePath, role), "credentials");
  if (!answer.ok()) return answer.status();
  auto found = ParseMetadataAnswer(*answer);
  if (found.ok() && found->expires_at <= io.now()) {
    found->expires_at = io.now() + kExtension;
  }
  return found;
}

absl::StatusOr<std::string> FetchImdsRegion(const ImdsOptions& options,
                                            const SourceIo& io,
                                            const GiveUp& give_up) {
  Session session(options, io, give_up);
  const absl::Status opened = session.Open();
  if (!opened.ok()) return opened;
  auto region = session.Get(absl::StrCat(kPlacementPath, "region"), "a region");
  if (absl::IsNotFound(region.status())) {
    region = session.Get(absl::StrCat(kPlacementPath, "availability-zone"),
                         "a zone");
    if (region.ok()) {
      absl::StripAsciiWhitespace(&*region);
      if (!region->empty()) region->pop_back();
    }
  }
  if (!region.ok()) return region.status();
  absl::StripAsciiWhitespace(&*region);
  if (!IsRegionName(*region)) {
    return absl::InvalidArgumentError(
        "answered something else than a region's name");
  }
  return region;
}

}  // namespace invocator
