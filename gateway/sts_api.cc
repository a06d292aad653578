#include "gateway/sts_api.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "common/credentials/credentials_answer.h"
#include "gateway/account.h"
#include "gateway/request_id.h"
#include "gateway/sts_answers.h"
#include "gateway/web_identity.h"

namespace invocator {
namespace {

constexpr absl::string_view kFormType = "application/x-www-form-urlencoded";
constexpr absl::string_view kVersion = "2011-06-15";
constexpr StsAction kActions[] = {StsAction::kAssumeRole,
                                  StsAction::kAssumeRoleWithWebIdentity,
                                  StsAction::kGetCallerIdentity};

StsAction ActionOf(const Form& form) {
  if (ValueOf(form, "Version") != kVersion) return StsAction::kUnknown;
  const std::string name = ValueOf(form, "Action");
  for (StsAction action : kActions) {
    if (StsActionName(action) == name) return action;
  }
  return StsAction::kUnknown;
}

struct Caller {
  std::string arn = kUserArn;
  std::string id = "AIDACKCEVSQ6C2EXAMPLE";  // the user of IAM's documentation
};

Caller CallerOf(const ReceivedRequest& request, const RoleSessions& sessions) {
  const std::optional<RoleSession> session =
      sessions.Find(request.Header("x-amz-security-token").value_or(""));
  if (!session) return Caller();
  return {session->arn, AssumedRoleId(session->arn)};
}

std::string AccountOf(absl::string_view arn) {
  const std::vector<std::string> parts = absl::StrSplit(arn, ':');
  return parts[4];
}

bool Has(const StsOptions& options, const AskedRole& role) {
  return options.roles.empty() ||
         absl::c_linear_search(options.roles, role.name);
}

}  // namespace

absl::string_view StsActionName(StsAction action) {
  switch (action) {
    case StsAction::kAssumeRole:
      return "AssumeRole";
    case StsAction::kAssumeRoleWithWebIdentity:
      return "AssumeRoleWithWebIdentity";
    case StsAction::kGetCallerIdentity:
      return "GetCallerIdentity";
    case StsAction::kUnknown:
      break;
  }
  return "(unknown)";
}

StsApi::StsApi(const StsOptions& options, RoleSessions& sessions)
    : options_(options), sessions_(sessions) {}

std::optional<StsApi::Call> StsApi::CallOf(const ReceivedRequest& request) {
  if (request.method != "POST" || request.path != "/" ||
      !absl::StartsWithIgnoreCase(request.Header("content-type").value_or(""),
                                  kFormType)) {
    return std::nullopt;
  }
  Call call;
  if (request.body.size() <= kMaxFormBytes) {
    call.form = ParseForm(request.body);
    call.action = ActionOf(call.form);
  }
  return call;
}

GatewayAnswer StsApi::Handle(const Call& call, const ReceivedRequest& request,
                             int64_t unix_s) {
  switch (call.action) {
    case StsAction::kAssumeRole:
      return AssumeRole(call, request, unix_s);
    case StsAction::kAssumeRoleWithWebIdentity:
      return AssumeRoleWithWebIdentity(call, unix_s);
    case StsAction::kGetCallerIdentity:
      return GetCallerIdentity(request);
    case StsAction::kUnknown:
      break;
  }
  return Unknown(call, request);
}

GatewayAnswer StsApi::Refuse(const Refusal& refusal) {
  return StsRefusal(refusal, NewRequestId(ids_));
}

GatewayAnswer StsApi::AssumeRole(const Call& call,
                                 const ReceivedRequest& request,
                                 int64_t unix_s) {
  const absl::StatusOr<AskedRole> role = ReadAskedRole(call.form);
  if (!role.ok()) return Fault(400, "ValidationError", role.status().message());
  if (!Has(options_, *role)) {
    return Fault(403, "AccessDenied",
                 absl::StrCat("User: ", CallerOf(request, sessions_).arn,
                              " is not authorized to perform: sts:AssumeRole "
                              "on resource: ",
                              role->arn));
  }
  return Result(call.action, Begin(*role, unix_s));
}

GatewayAnswer StsApi::AssumeRoleWithWebIdentity(const Call& call,
                                                int64_t unix_s) {
  const absl::StatusOr<AskedRole> role = ReadAskedRole(call.form);
  if (!role.ok()) return Fault(400, "ValidationError", role.status().message());
  const std::string token = ValueOf(call.form, "WebIdentityToken");
  if (token.empty()) {
    return Fault(400, "ValidationError",
                 MissingParameter("webIdentityToken").message());
  }
  const absl::StatusOr<WebIdentity> identity = ParseWebIdentity(token);
  if (!identity.ok()) {
    return Fault(400, "InvalidIdentityToken", identity.status().message());
  }
  if (identity->expires_unix_s <= static_cast<double>(unix_s)) {
    return Fault(400, "ExpiredTokenException",
                 absl::StrFormat("Token expired: current date/time %d must be "
                                 "before the expiration date/time %.0f",
                                 unix_s, identity->expires_unix_s));
  }
  if (!options_.takes_web_identities || !Has(options_, *role)) {
    return Fault(403, "AccessDenied",
                 "Not authorized to perform sts:AssumeRoleWithWebIdentity");
  }
  return Result(
      call.action,
      absl::StrCat(XmlText("SubjectFromWebIdentityToken", identity->subject),
                   XmlText("Audience", identity->audience),
                   XmlText("Provider", identity->issuer),
                   Begin(*role, unix_s)));
}

GatewayAnswer StsApi::GetCallerIdentity(const ReceivedRequest& request) {
  const Caller caller = CallerOf(request, sessions_);
  return Result(
      StsAction::kGetCallerIdentity,
      absl::StrCat(XmlText("Arn", caller.arn), XmlText("UserId", caller.id),
                   XmlText("Account", AccountOf(caller.arn))));
}

GatewayAnswer StsApi::Unknown(const Call& call,
                              const ReceivedRequest& request) {
  if (request.body.size() > kMaxFormBytes) {
    return Fault(
        413, "RequestEntityTooLarge",
        absl::StrCat("The request is larger than ", kMaxFormBytes, " bytes"));
  }
  const std::string action = ValueOf(call.form, "Action");
  if (action.empty()) return Fault(400, "MissingAction", "Missing Action");
  const std::string version = ValueOf(call.form, "Version");
  return Fault(
      400, "InvalidAction",
      absl::StrCat(
          "Could not find operation ", Quotable(action), " for version ",
          version.empty() ? "NO_VERSION_SPECIFIED" : Quotable(version)));
}

std::string StsApi::Begin(const AskedRole& role, int64_t unix_s) {
  return XmlOfSession(sessions_.Begin(
      role.session_arn, absl::FromUnixSeconds(unix_s) +
                            options_.session_life.value_or(role.life)));
}

GatewayAnswer StsApi::Result(StsAction action, absl::string_view xml) {
  return StsResult(StsActionName(action), xml, NewRequestId(ids_));
}

GatewayAnswer StsApi::Fault(int status, absl::string_view code,
                            absl::string_view message) {
  return StsFault(status, code, message, NewRequestId(ids_));
}

}  // namespace invocator
