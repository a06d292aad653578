#include "common/credentials/profile_credentials.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/credentials/container_credentials.h"
#include "common/credentials/credentials_answer.h"
#include "common/credentials/imds_credentials.h"
#include "common/credentials/role_credentials.h"
#include "common/process/command_line.h"

namespace invocator {
namespace {

// A file may be rewritten during a run.
constexpr absl::Duration kFileAskedAgainAfter = absl::Minutes(1);

// Version 1 of the AWS CLI, and version 2 before 2.9, have no such command.
constexpr absl::string_view kExportHint =
    "use credential_process = aws configure export-credentials --profile NAME "
    "--format process (AWS CLI version 2)";

bool Has(const AwsProfile& profile, absl::string_view key) {
  return !ValueOf(profile, key).empty();
}

absl::Status Wrong(absl::string_view what) {
  return absl::FailedPreconditionError(what);
}

// Follows a profile to the source of its credentials, one profile per step.
class Walk {
 public:
  Walk(const AwsSettings& settings, const SourceIo& io, const GiveUp& give_up)
      : settings_(settings), io_(io), give_up_(give_up) {}

  absl::StatusOr<FoundCredentials> Fetch(const std::string& name) {
    visited_.push_back(name);
    const absl::StatusOr<AwsProfile> profile = FindProfile(settings_, name);
    if (!profile.ok()) return profile.status();
    const bool is_source = visited_.size() > 1;
    const absl::StatusOr<ProfileKind> kind = KindOf(*profile, is_source);
    if (!kind.ok()) return kind.status();
    switch (*kind) {
      case ProfileKind::kKeys:
        return Keys(*profile);
      case ProfileKind::kRole:
        return Role(*profile);
      case ProfileKind::kWebIdentity:
        return AssumeRoleWithWebIdentity(
            StsPlaceOf(settings_, *profile), RoleOf(*profile),
            ValueOf(*profile, "web_identity_token_file"), io_, give_up_);
      case ProfileKind::kProcess:
        return Process(*profile);
      case ProfileKind::kNone:
        break;
    }
    return absl::NotFoundError("it has no credentials");
  }

 private:
  RoleRequest RoleOf(const AwsProfile& profile) const {
    std::string session = ValueOf(profile, "role_session_name");
    if (session.empty()) session = DefaultSessionName(io_.now());
    return {ValueOf(profile, "role_arn"), std::move(session),
            ValueOf(profile, "external_id"),
            ValueOf(profile, "duration_seconds")};
  }

  static absl::StatusOr<FoundCredentials> Keys(const AwsProfile& profile) {
    FoundCredentials found;
    found.credentials = {ValueOf(profile, "aws_access_key_id"),
                         ValueOf(profile, "aws_secret_access_key"),
                         ValueOf(profile, "aws_session_token")};
    if (found.credentials.session_token.empty()) {
      found.credentials.session_token = ValueOf(profile, "aws_security_token");
    }
    found.ask_again_after = kFileAskedAgainAfter;
    const absl::Status status = CheckCredentials(found.credentials);
    if (!status.ok()) return status;
    return found;
  }

  absl::StatusOr<FoundCredentials> Role(const AwsProfile& profile) {
    const std::string source = ValueOf(profile, "source_profile");
    const auto base =
        source.empty()
            ? OfSource(ValueOf(profile, "credential_source"), profile)
            : OfSourceProfile(source);
    if (!base.ok()) return base.status();
    return AssumeRole(StsPlaceOf(settings_, profile), RoleOf(profile),
                      base->credentials, io_, give_up_);
  }

  absl::StatusOr<FoundCredentials> OfSourceProfile(const std::string& name) {
    // A profile may name itself, for its keys beside the role.
    const bool is_itself = visited_.back() == name && visited_.size() == 1;
    if (!is_itself && std::count(visited_.begin(), visited_.end(), name) > 0) {
      return Wrong(absl::StrCat("source_profile goes round in a circle: ",
                                absl::StrJoin(visited_, " -> "), " -> ", name));
    }
    auto found = Fetch(name);
    if (found.ok()) return found;
    return Wrong(absl::StrCat("source_profile \"", Quotable(name),
                              "\": ", found.status().message()));
  }

  absl::StatusOr<FoundCredentials> OfSource(const std::string& source,
                                            const AwsProfile& profile) {
    absl::StatusOr<FoundCredentials> found;
    if (source == "Environment") {
      absl::StatusOr<Credentials> credentials =
          CredentialsFromEnvironment(settings_.variable);
      found =
          credentials.ok()
              ? absl::StatusOr<FoundCredentials>(FoundCredentials{*credentials})
              : credentials.status();
    } else if (source == "EcsContainer") {
      found = FetchContainerCredentials(
          settings_.variable, CaFileOf(settings_, profile), io_, give_up_);
    } else if (source == "Ec2InstanceMetadata") {
      const ImdsOptions options = ReadImdsOptions(settings_.variable, profile);
      found = options.disabled
                  ? absl::NotFoundError("AWS_EC2_METADATA_DISABLED is true")
                  : FetchImdsCredentials(options, io_, give_up_);
    } else {
      return Wrong(absl::StrCat(
          "credential_source \"", Quotable(source),
          "\" is none of Environment, EcsContainer, Ec2InstanceMetadata"));
    }
    if (found.ok()) return found;
    return Wrong(absl::StrCat("credential_source ", source, ": ",
                              found.status().message()));
  }

  absl::StatusOr<FoundCredentials> Process(const AwsProfile& profile) const {
    auto words = SplitCommandLine(ValueOf(profile, "credential_process"));
    if (!words.ok()) {
      return Wrong(
          absl::StrCat("credential_process: ", words.status().message()));
    }
    ChildProcess child;
    child.arguments = *std::move(words);
    child.max_output_bytes = kMaxAnswerBytes;
    child.give_up = give_up_;
    const absl::StatusOr<std::string> output = io_.run(child);
    auto found = output.ok() ? ParseProcessAnswer(*output) : output.status();
    if (found.ok()) return found;
    return absl::Status(
        found.status().code() == absl::StatusCode::kNotFound
            ? absl::StatusCode::kFailedPrecondition
            : found.status().code(),
        absl::StrCat("credential_process: ", found.status().message()));
  }

  const AwsSettings& settings_;
  const SourceIo& io_;
  const GiveUp& give_up_;
  std::vector<std::string> visited_;
};

}  // namespace

absl::StatusOr<ProfileKind> KindOf(const AwsProfile& profile, bool is_source) {
  const bool has_id = Has(profile, "aws_access_key_id");
  const bool has_secret = Has(profile, "aws_secret_access_key");
  if (Has(profile, "role_arn") && !Has(profile, "web_identity_token_file") &&
      !(is_source && (has_id || has_secret))) {
    const bool has_profile = Has(profile, "source_profile");
    const bool has_source = Has(profile, "credential_source");
    if (Has(profile, "mfa_serial")) {
      return Wrong(absl::StrCat("mfa_serial: an MFA code cannot be entered; ",
                                kExportHint));
    }
    if (has_profile && has_source) {
      return Wrong("role_arn has both source_profile and credential_source");
    }
    if (!has_profile && !has_source) {
      return Wrong("role_arn has neither source_profile nor credential_source");
    }
    return ProfileKind::kRole;
  }
  if (Has(profile, "web_identity_token_file")) {
    if (Has(profile, "role_arn")) return ProfileKind::kWebIdentity;
    return Wrong("web_identity_token_file has no role_arn");
  }
  if (has_id && has_secret) return ProfileKind::kKeys;
  if (has_id) {
    return Wrong("aws_access_key_id is there, aws_secret_access_key is not");
  }
  if (has_secret) {
    return Wrong("aws_secret_access_key is there, aws_access_key_id is not");
  }
  if (Has(profile, "credential_process")) return ProfileKind::kProcess;
  if (Has(profile, "sso_session") || Has(profile, "sso_start_url") ||
      Has(profile, "login_session")) {
    return Wrong(absl::StrCat("SSO and login profiles need AWS's own tools; ",
                              kExportHint));
  }
  return ProfileKind::kNone;
}

std::string SourceName(const AwsSettings& settings, const std::string& name) {
  const AwsProfile profile = FindProfile(settings, name).value_or(AwsProfile());
  const auto kind = KindOf(profile, /*is_source=*/false);
  const std::string of = absl::StrCat(" of profile ", Quotable(name));
  switch (kind.value_or(ProfileKind::kNone)) {
    case ProfileKind::kKeys:
      return "keys" + of;
    case ProfileKind::kRole:
    case ProfileKind::kWebIdentity:
      return absl::StrCat("role ", Quotable(ValueOf(profile, "role_arn")), of);
    case ProfileKind::kProcess:
      return "credential_process" + of;
    case ProfileKind::kNone:
      break;
  }
  return absl::StrCat("profile ", Quotable(name));
}

absl::StatusOr<FoundCredentials> FetchProfileCredentials(
    const AwsSettings& settings, const std::string& name, const SourceIo& io,
    const GiveUp& give_up) {
  return Walk(settings, io, give_up).Fetch(name);
}

}  // namespace invocator
