#include "common/credentials/sts_request.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/aws/aws_host.h"
#include "common/aws/sigv4.h"
#include "common/base/sha256.h"
#include "common/http/percent.h"
#include "common/http/service_url.h"

namespace invocator {
namespace {

constexpr char kFormType[] = "application/x-www-form-urlencoded; charset=utf-8";
constexpr char kGlobalRegion[] = "us-east-1";  // of sts.amazonaws.com

std::string StsUrl(const StsTarget& target) {
  if (!target.url.empty()) return target.url;
  if (target.region.empty()) return "https://sts.amazonaws.com";
  return absl::StrCat("https://", ServiceHost("sts", target.region));
}

using Form = std::vector<std::pair<absl::string_view, absl::string_view>>;

std::string Encode(const Form& form) {
  std::string body;
  for (const auto& [name, value] : form) {
    if (value.empty()) continue;
    absl::StrAppend(&body, body.empty() ? "" : "&", name, "=",
                    PercentEncode(value));
  }
  return body;
}

Form RoleForm(absl::string_view action, const RoleRequest& role) {
  return {{"Action", action},
          {"Version", "2011-06-15"},
          {"RoleArn", role.role_arn},
          {"RoleSessionName", role.session_name},
          {"ExternalId", role.external_id},
          {"DurationSeconds", role.duration_seconds}};
}

HttpRequest Post(const ServiceUrl& url, const Form& form) {
  HttpRequest request;
  request.method = "POST";
  request.url = absl::StrCat(url.ToString(), "/");
  request.headers = {{"Host", url.host}, {"Content-Type", kFormType}};
  request.body = Encode(form);
  return request;
}

}  // namespace

absl::StatusOr<HttpRequest> AssumeRoleRequest(const StsTarget& target,
                                              const RoleRequest& role,
                                              const Credentials& credentials,
                                              absl::Time now) {
  const absl::StatusOr<ServiceUrl> url = ParseServiceUrl(StsUrl(target));
  if (!url.ok()) return url.status();
  HttpRequest request = Post(*url, RoleForm("AssumeRole", role));
  Signer signer(credentials);
  const SigningScope scope{
      target.region.empty() ? kGlobalRegion : target.region, "sts"};
  PreparedSignature signature(signer, scope, request.method,
                              {url->host, absl::StrCat(url->path, "/"), ""},
                              {request.headers[1]}, Sha256Hex(request.body));
  const PreparedSignature::Stamp& stamp =
      signature.At(absl::ToUnixSeconds(now));
  request.headers.emplace_back("X-Amz-Date", stamp.amz_date);
  if (!credentials.session_token.empty()) {
    request.headers.emplace_back("X-Amz-Security-Token",
                                 credentials.session_token);
  }
  request.headers.emplace_back("Authorization", stamp.authorization);
  return request;
}

absl::StatusOr<HttpRequest> WebIdentityRequest(const StsTarget& target,
                                               const RoleRequest& role,
                                               absl::string_view token) {
  const absl::StatusOr<ServiceUrl> url = ParseServiceUrl(StsUrl(target));
  if (!url.ok()) return url.status();
  Form form = RoleForm("AssumeRoleWithWebIdentity", role);
  form.emplace_back("WebIdentityToken", token);
  return Post(*url, form);
}

std::string DefaultSessionName(absl::Time now) {
  return absl::StrCat("invocator-", absl::ToUnixSeconds(now));
}

}  // namespace invocator
