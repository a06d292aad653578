#include "common/credentials/role_credentials.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/small_file.h"
#include "common/credentials/credentials_answer.h"
#include "common/credentials/sts_answer.h"

namespace invocator {
namespace {

constexpr int kAttempts = 3;
constexpr absl::Duration kPause = absl::Seconds(1);
constexpr size_t kMaxTokenBytes = size_t{32} << 10;

bool IsTransient(const HttpResponse& response) {
  if (response.status == 200) return false;
  const std::string code = ParseStsError(response.body).code;
  return IsTransientStatus(response) || code == "Throttling" ||
         code == "IDPCommunicationError" || code == "InvalidIdentityToken";
}

std::string Utc(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_sec, time, absl::UTCTimeZone());
}

// STS credentials are valid for 15 minutes at least: if they arrive expired,
// this machine's clock is ahead.
absl::Status ExpiredAtBirth(const FoundCredentials& found,
                            const HttpResponse& response, absl::Time now) {
  absl::Time date;
  const std::string text(response.Find("date").value_or(""));
  const bool has_date =
      absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", text, &date, nullptr) &&
      date < now;
  return absl::FailedPreconditionError(absl::StrCat(
      "STS's credentials are good until ", Utc(found.expires_at),
      ", and this machine's clock says ", Utc(now),
      has_date ? absl::StrCat(", ", absl::FormatDuration(now - date),
                              " later than STS's")
               : std::string(),
      ": is the clock right?"));
}

absl::StatusOr<FoundCredentials> Ask(absl::StatusOr<HttpRequest> request,
                                     const StsPlace& place,
                                     const RoleRequest& role,
                                     const SourceIo& io,
                                     const GiveUp& give_up) {
  if (!request.ok()) return request.status();
  request->timeout = absl::Seconds(10);
  request->max_response_bytes = kMaxAnswerBytes;
  request->target.ca_file = place.ca_file;
  request->give_up = give_up;
  const auto response =
      FetchPatiently(io, *request, kAttempts, kPause, IsTransient);
  if (!response.ok()) return response.status();
  if (response->status == 200) {
    auto found = ParseStsCredentials(response->body);
    if (found.ok() && found->expires_at <= io.now()) {
      return ExpiredAtBirth(*found, *response, io.now());
    }
    return found;
  }
  const StsError error = ParseStsError(response->body);
  return absl::FailedPreconditionError(absl::StrCat(
      "STS refused ", Quotable(role.role_arn), " with status ",
      response->status, error.code.empty() ? "" : ", ", Quotable(error.code),
      error.message.empty() ? "" : ": ", Quotable(error.message)));
}

}  // namespace

absl::StatusOr<StsPlace> StsPlaceOf(const AwsSettings& settings,
                                    const AwsProfile& profile) {
  absl::StatusOr<ConfiguredEndpoint> endpoint =
      EndpointOf(settings, profile, "sts");
  if (!endpoint.ok()) {
    return absl::FailedPreconditionError(endpoint.status().message());
  }
  return StsPlace{{RegionOf(settings, profile), std::move(endpoint->url)},
                  CaFileOf(settings, profile)};
}

absl::StatusOr<FoundCredentials> AssumeRole(
    const absl::StatusOr<StsPlace>& place, const RoleRequest& role,
    const Credentials& credentials, const SourceIo& io, const GiveUp& give_up) {
  if (!place.ok()) return place.status();
  return Ask(AssumeRoleRequest(place->target, role, credentials, io.now()),
             *place, role, io, give_up);
}

absl::StatusOr<FoundCredentials> AssumeRoleWithWebIdentity(
    const absl::StatusOr<StsPlace>& place, const RoleRequest& role,
    const std::string& token_file, const SourceIo& io, const GiveUp& give_up) {
  if (!place.ok()) return place.status();
  const auto token = ReadSmallFile(token_file, kMaxTokenBytes);
  if (!token.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat("web identity token: ", token.status().message()));
  }
  return Ask(WebIdentityRequest(place->target, role,
                                absl::StripAsciiWhitespace(*token)),
             *place, role, io, give_up);
}

}  // namespace invocator
