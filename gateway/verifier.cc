#include "gateway/verifier.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/aws/aws_host.h"
#include "common/base/constant_time.h"
#include "common/base/sha256.h"
#include "common/http/endpoint.h"
#include "common/http/percent.h"
#include "gateway/authorization.h"

namespace invocator {
namespace {

constexpr absl::string_view kTerminator = "aws4_request";

Refusal InvalidSignature(std::string message) {
  return {"InvalidSignatureException", std::move(message)};
}

Refusal IncompleteSignature(std::string message) {
  return {"IncompleteSignatureException", std::move(message)};
}

Refusal InvalidToken() {
  return {"UnrecognizedClientException",
          "The security token included in the request is invalid."};
}

std::optional<Refusal> CheckTime(absl::string_view amz_date,
                                 absl::Time signed_at, absl::Time wall) {
  auto refuse = [&](absl::string_view what, absl::Time bound,
                    absl::string_view sign) {
    return InvalidSignature(absl::StrCat(what, FormatAmzDate(bound), " (",
                                         FormatAmzDate(wall), " ", sign,
                                         " 5 min.)"));
  };
  if (signed_at < wall - kSignatureWindow) {
    return refuse(
        absl::StrCat("Signature expired: ", amz_date, " is now earlier than "),
        wall - kSignatureWindow, "-");
  }
  if (signed_at > wall + kSignatureWindow) {
    return refuse(absl::StrCat("Signature not yet current: ", amz_date,
                               " is still later than "),
                  wall + kSignatureWindow, "+");
  }
  return std::nullopt;
}

std::optional<Refusal> CheckScope(const Authorization& authorization,
                                  absl::string_view amz_date,
                                  absl::string_view host,
                                  absl::string_view service) {
  std::string message;
  std::optional<SigningScope> expected = ScopeFromHost(host);
  bool region_fits = expected ? expected->region == authorization.region
                              : IsRegionWord(authorization.region);
  if (!region_fits) {
    absl::StrAppend(&message,
                    "Credential should be scoped to a valid region, not '",
                    authorization.region, "'. ");
  }
  if (authorization.service != service) {
    absl::StrAppend(&message,
                    "Credential should be scoped to correct service: '",
                    service, "'. ");
  }
  if (authorization.terminator != kTerminator) {
    absl::StrAppend(&message,
                    "Credential should be scoped with a valid terminator: '",
                    kTerminator, "', not '", authorization.terminator, "'. ");
  }
  absl::string_view date = amz_date.substr(0, 8);
  if (authorization.date != date) {
    absl::StrAppend(&message,
                    "Date in Credential scope does not match YYYYMMDD from "
                    "ISO-8601 version of date from HTTP: '",
                    authorization.date, "' != '", date, "', from '", amz_date,
                    "'.");
  }
  if (message.empty()) return std::nullopt;
  return InvalidSignature(std::move(message));
}

std::optional<Refusal> CheckSignedHeaders(const Authorization& authorization,
                                          const ReceivedRequest& request) {
  if (!authorization.Signs("host")) {
    return InvalidSignature(
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS "
        "Authorization.");
  }
  for (const auto& [name, value] : request.headers) {
    if (absl::StartsWithIgnoreCase(name, "x-amz-") &&
        !authorization.Signs(name)) {
      return InvalidSignature(absl::StrCat(
          "'", name, "' must be a 'SignedHeader' in the AWS Authorization."));
    }
  }
  return std::nullopt;
}

// If one of them comes twice, the valid one is unknown.
std::optional<Refusal> CheckOnce(const ReceivedRequest& request) {
  for (absl::string_view name :
       {"Authorization", "Host", "X-Amz-Date", "Date", "X-Amz-Security-Token",
        "X-Amz-Content-Sha256"}) {
    if (request.Count(name) < 2) continue;
    return IncompleteSignature(
        absl::StrCat("Request has more than one '", name, "' header."));
  }
  return std::nullopt;
}

// A request is signed in its header or, presigned, in its query.
bool HasQuerySignature(absl::string_view query) {
  for (absl::string_view part : absl::StrSplit(query, '&')) {
    const std::string name = PercentDecode(part.substr(0, part.find('=')));
    if (absl::EqualsIgnoreCase(name, "X-Amz-Signature") ||
        absl::EqualsIgnoreCase(name, "X-Amz-Algorithm")) {
      return true;
    }
  }
  return false;
}

std::string Canonical(const ReceivedRequest& request,
                      const Authorization& authorization) {
  SignedRequest canonical;
  canonical.method = std::string(request.method);
  canonical.path = NormalizePath(request.path);
  canonical.query = std::string(request.query);
  for (const auto& [name, value] : request.headers) {
    if (!authorization.Signs(name)) continue;
    canonical.headers.emplace_back(std::string(name), std::string(value));
  }
  // A name that is signed but was not sent stands for an empty value.
  for (absl::string_view name : authorization.signed_headers) {
    if (request.Header(name)) continue;
    canonical.headers.emplace_back(std::string(name), "");
  }
  // Of what came, whatever an x-amz-content-sha256 header says.
  canonical.payload_sha256 = Sha256Hex(request.body);
  return CanonicalRequest(canonical);
}

}  // namespace

Verifier::Verifier(const Credentials& accepted, const RoleSessions* sessions)
    : sessions_(sessions) {
  Accept({accepted});
}

void Verifier::Accept(const FoundCredentials& accepted) {
  accepted_.insert_or_assign(
      accepted.credentials.access_key_id,
      Accepted{Signer(accepted.credentials), accepted.expires_at});
}

Verifier::Accepted* Verifier::Find(absl::string_view key_id,
                                   absl::string_view token) {
  const auto has_token = [&](const Accepted& accepted) {
    return EqualInConstantTime(token,
                               accepted.signer.credentials().session_token);
  };
  const auto held = accepted_.find(key_id);
  if (held != accepted_.end()) {
    return has_token(held->second) ? &held->second : nullptr;
  }
  if (sessions_ == nullptr) return nullptr;
  if (!last_session_ || !has_token(*last_session_)) {
    const std::optional<RoleSession> session = sessions_->Find(token);
    if (!session) return nullptr;
    last_session_.emplace(
        Accepted{Signer(session->keys.credentials), session->keys.expires_at});
  }
  return last_session_->signer.credentials().access_key_id == key_id
             ? &*last_session_
             : nullptr;
}

std::optional<Refusal> Verifier::Verify(const ReceivedRequest& request,
                                        absl::Time wall,
                                        absl::string_view service) {
  std::optional<absl::string_view> header = request.Header("authorization");
  if (!header) {
    return Refusal{"MissingAuthenticationTokenException",
                   "Missing Authentication Token"};
  }
  if (auto refusal = CheckOnce(request)) return refusal;
  if (HasQuerySignature(request.query)) {
    return IncompleteSignature(
        "Request is signed both in its query and in its Authorization "
        "header.");
  }
  std::optional<absl::string_view> amz_date = request.Header("x-amz-date");
  if (!amz_date) amz_date = request.Header("date");

  absl::StatusOr<Authorization> authorization =
      ParseAuthorization(*header, amz_date.has_value());
  if (!authorization.ok()) {
    return IncompleteSignature(std::string(authorization.status().message()));
  }
  std::optional<absl::Time> signed_at = ParseAmzDate(*amz_date);
  if (!signed_at) {
    return IncompleteSignature(absl::StrCat(
        "Date must be in ISO-8601 'basic format'. Got '", *amz_date,
        "'. See http://en.wikipedia.org/wiki/ISO_8601"));
  }
  Accepted* const accepted =
      Find(authorization->access_key_id,
           request.Header("x-amz-security-token").value_or(""));
  if (accepted == nullptr) return InvalidToken();
  if (accepted->expires_at <= wall) {
    return Refusal{"ExpiredTokenException",
                   "The security token included in the request is expired"};
  }
  if (auto refusal = CheckTime(*amz_date, *signed_at, wall)) return refusal;
  if (auto refusal = CheckScope(*authorization, *amz_date,
                                request.Header("host").value_or(""), service)) {
    return refusal;
  }
  if (auto refusal = CheckSignedHeaders(*authorization, request)) {
    return refusal;
  }

  SigningScope scope{std::string(authorization->region),
                     std::string(authorization->service)};
  std::string canonical = Canonical(request, *authorization);
  std::string string_to_sign = StringToSign(*amz_date, scope, canonical);
  if (EqualInConstantTime(
          accepted->signer.Sign(*amz_date, scope, string_to_sign),
          authorization->signature)) {
    return std::nullopt;
  }
  return InvalidSignature(absl::StrCat(
      "The request signature we calculated does not match the signature you "
      "provided. Check your AWS Secret Access Key and signing method. Consult "
      "the service documentation for details.\n\nThe Canonical String for this "
      "request should have been\n'",
      canonical, "'\n\nThe String-to-Sign should have been\n'", string_to_sign,
      "'\n"));
}

}  // namespace invocator
