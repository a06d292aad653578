#include "common/credentials/credentials_chain.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/credentials/container_credentials.h"
#include "common/credentials/credentials_answer.h"
#include "common/credentials/imds_credentials.h"
#include "common/credentials/profile_credentials.h"
#include "common/credentials/role_credentials.h"
#include "common/words/foreign_text.h"

namespace invocator {
namespace {

constexpr char kTokenFile[] = "AWS_WEB_IDENTITY_TOKEN_FILE";

absl::StatusOr<FoundCredentials> FromEnvironment(const Environment& variable) {
  absl::StatusOr<Credentials> credentials =
      CredentialsFromEnvironment(variable);
  if (!credentials.ok()) return credentials.status();
  FoundCredentials found{*std::move(credentials)};
  const std::string expiration = variable("AWS_CREDENTIAL_EXPIRATION");
  if (!expiration.empty()) {
    const absl::StatusOr<absl::Time> time = ParseExpiration(expiration);
    if (!time.ok()) {
      return absl::FailedPreconditionError(
          "AWS_CREDENTIAL_EXPIRATION is not a time such as "
          "2026-08-30T12:36:00Z");
    }
    found.expires_at = *time;
  }
  return found;
}

absl::StatusOr<FoundCredentials> FromProfile(const AwsSettings& settings,
                                             const SourceIo& io,
                                             const GiveUp& give_up) {
  return FetchProfileCredentials(settings, settings.profile, io, give_up);
}

absl::StatusOr<FoundCredentials> FromWebIdentity(const AwsSettings& settings,
                                                 const SourceIo& io,
                                                 const GiveUp& give_up) {
  const std::string file = settings.variable(kTokenFile);
  RoleRequest role;
  role.role_arn = settings.variable("AWS_ROLE_ARN");
  role.session_name = settings.variable("AWS_ROLE_SESSION_NAME");
  if (file.empty()) {
    return absl::NotFoundError(absl::StrCat(kTokenFile, " is not set"));
  }
  if (role.role_arn.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(kTokenFile, " is set, but AWS_ROLE_ARN is not"));
  }
  if (role.session_name.empty()) {
    role.session_name = DefaultSessionName(io.now());
  }
  const AwsProfile profile =
      FindProfile(settings, settings.profile).value_or(AwsProfile());
  return AssumeRoleWithWebIdentity(StsPlaceOf(settings, profile), role, file,
                                   io, give_up);
}

absl::StatusOr<FoundCredentials> FromContainer(const AwsSettings& settings,
                                               const SourceIo& io,
                                               const GiveUp& give_up) {
  if (!HasContainerCredentials(settings.variable)) {
    return absl::NotFoundError(
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and "
        "AWS_CONTAINER_CREDENTIALS_FULL_URI are not set");
  }
  const AwsProfile profile =
      FindProfile(settings, settings.profile).value_or(AwsProfile());
  return FetchContainerCredentials(settings.variable,
                                   CaFileOf(settings, profile), io, give_up);
}

absl::StatusOr<FoundCredentials> FromInstance(const AwsSettings& settings,
                                              const SourceIo& io,
                                              const GiveUp& give_up) {
  const ImdsOptions options = ReadImdsOptions(
      settings.variable,
      FindProfile(settings, settings.profile).value_or(AwsProfile()));
  if (options.disabled) {
    return absl::NotFoundError("AWS_EC2_METADATA_DISABLED is true");
  }
  return FetchImdsCredentials(options, io, give_up);
}

// Inputs of the chain's sources. Each fetch reads the settings anew: files may
// have changed.
struct Context {
  std::string profile_option;
  Environment variable;
  SourceIo io;

  AwsSettings Settings() const {
    return LoadAwsSettings(profile_option, variable);
  }
};

using FromSettings = absl::StatusOr<FoundCredentials> (*)(const AwsSettings&,
                                                          const SourceIo&,
                                                          const GiveUp&);

CredentialsSource MakeSource(std::string name, const Context& context,
                             FromSettings from) {
  return {std::move(name), [context, from](const GiveUp& give_up) {
            return from(context.Settings(), context.io, give_up);
          }};
}

std::vector<CredentialsSource> Sources(const Context& context) {
  const AwsSettings settings = context.Settings();
  const CredentialsSource profile =
      MakeSource(SourceName(settings, settings.profile), context, &FromProfile);
  const CredentialsSource web_identity = MakeSource(
      absl::StrCat("web identity of ", kTokenFile), context, &FromWebIdentity);
  std::vector<CredentialsSource> sources;
  if (settings.profile_is_option) {
    sources = {profile};
  } else {
    const auto found = FindProfile(settings, settings.profile);
    const bool has_role =
        found.ok() &&
        KindOf(*found, /*is_source=*/false).value_or(ProfileKind::kNone) ==
            ProfileKind::kRole;
    sources = {{"environment", [variable = context.variable](const GiveUp&) {
                  return FromEnvironment(variable);
                }}};
    sources.push_back(has_role ? profile : web_identity);
    sources.push_back(has_role ? web_identity : profile);
  }
  sources.push_back(MakeSource("container", context, &FromContainer));
  sources.push_back(MakeSource("instance metadata", context, &FromInstance));
  return sources;
}

// Refuses expired credentials; instance metadata extends its own.
CredentialsSource RefusingExpired(const CredentialsSource& source,
                                  const std::function<absl::Time()>& now) {
  return {source.name, [fetch = source.fetch, now](const GiveUp& give_up) {
            auto found = fetch(give_up);
            if (found.ok() && found->expires_at <= now()) {
              return absl::StatusOr<FoundCredentials>(
                  absl::FailedPreconditionError(absl::StrCat(
                      "its credentials expired at ",
                      absl::FormatTime(absl::RFC3339_sec, found->expires_at,
                                       absl::UTCTimeZone()),
                      ", and it is ",
                      absl::FormatTime(absl::RFC3339_sec, now(),
                                       absl::UTCTimeZone()),
                      " by this machine's clock")));
            }
            return found;
          }};
}

}  // namespace

absl::StatusOr<ChosenCredentials> FindCredentials(
    const std::string& profile_option, const GiveUp& give_up,
    const Environment& variable, const SourceIo& io) {
  const Context context = {profile_option, variable, io};
  const absl::Status usable = CheckProfile(context.Settings());
  if (!usable.ok()) {
    return absl::FailedPreconditionError(
        CleanLine(absl::StrCat("AWS credentials: ", usable.message())));
  }
  std::string tried;
  for (const CredentialsSource& listed : Sources(context)) {
    CredentialsSource source = RefusingExpired(listed, io.now);
    auto found = source.fetch(give_up);
    if (found.ok()) {
      return ChosenCredentials{std::move(source), *std::move(found)};
    }
    if (absl::IsCancelled(found.status())) return found.status();
    if (!absl::IsNotFound(found.status())) {
      return absl::FailedPreconditionError(CleanLine(absl::StrCat(
          "AWS credentials: ", source.name, ": ", found.status().message())));
    }
    absl::StrAppend(
        &tried, "\n  ",
        CleanLine(absl::StrCat(source.name, ": ", found.status().message())));
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY "
      "(and AWS_SESSION_TOKEN for temporary ones), or name a profile with "
      "--profile or AWS_PROFILE. Tried:",
      tried));
}

}  // namespace invocator
