#include "common/aws/aws_settings.h"

#include <cctype>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/small_file.h"
#include "common/http/service_url.h"
#include "common/words/foreign_text.h"

namespace invocator {
namespace {

constexpr size_t kMaxFileBytes = size_t{1} << 20;

// Leading "~" and "$NAME", "${NAME}" of set variables, as botocore expands
// them in the variables that name the files.
std::string ExpandPath(const std::string& path, const Environment& variable) {
  std::string expanded;
  if (path == "~" || absl::StartsWith(path, "~/")) {
    expanded = variable("HOME");
  }
  for (size_t i = expanded.empty() ? 0 : 1; i < path.size(); ++i) {
    if (path[i] == '$') {
      const bool braced = i + 1 < path.size() && path[i + 1] == '{';
      const size_t from = i + (braced ? 2 : 1);
      size_t to = from;
      while (to < path.size() &&
             (absl::ascii_isalnum(static_cast<unsigned char>(path[to])) ||
              path[to] == '_')) {
        ++to;
      }
      const std::string value =
          to == from ? "" : variable(path.substr(from, to - from).c_str());
      if (!value.empty() &&
          (!braced || (to < path.size() && path[to] == '}'))) {
        expanded += value;
        i = braced ? to : to - 1;
        continue;
      }
    }
    expanded += path[i];
  }
  return expanded;
}

std::string PathOf(const char* name, const char* otherwise,
                   const Environment& variable) {
  const std::string path = variable(name);
  return ExpandPath(path.empty() ? otherwise : path, variable);
}

absl::StatusOr<AwsFile> ReadFile(const std::string& path, AwsFileKind kind,
                                 std::string& unreadable) {
  const absl::StatusOr<std::string> text = ReadSmallFile(path, kMaxFileBytes);
  if (absl::IsNotFound(text.status())) return AwsFile();
  if (absl::IsPermissionDenied(text.status())) {
    unreadable = std::string(text.status().message());
    return AwsFile();
  }
  if (!text.ok()) return text.status();
  return ParseAwsFile(path, *text, kind);
}

std::string FirstOf(const Environment& variable,
                    std::initializer_list<const char*> names) {
  for (const char* name : names) {
    std::string value = variable(name);
    if (!value.empty()) return value;
  }
  return "";
}

// Empty if there is no such profile.
AwsProfile ProfileInUse(const AwsSettings& settings) {
  return FindProfile(settings, settings.profile).value_or(AwsProfile());
}

// As written, from the first source that has one.
absl::StatusOr<ConfiguredEndpoint> NamedEndpoint(const AwsSettings& settings,
                                                 const AwsProfile& profile,
                                                 absl::string_view service) {
  constexpr char kIgnore[] = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";
  std::string ignored = settings.variable(kIgnore);
  if (ignored.empty()) {
    ignored = ValueOf(profile, absl::AsciiStrToLower(kIgnore + 4));
  }
  if (absl::EqualsIgnoreCase(ignored, "true")) return ConfiguredEndpoint();
  const std::string own =
      absl::StrCat("AWS_ENDPOINT_URL_", absl::AsciiStrToUpper(service));
  for (const std::string& name : {own, std::string("AWS_ENDPOINT_URL")}) {
    std::string url = settings.variable(name.c_str());
    if (!url.empty()) return ConfiguredEndpoint{std::move(url), name};
  }
  const std::string section = ValueOf(profile, "services");
  if (!section.empty()) {
    const std::string source =
        absl::StrCat("[services ", section, "] of ", settings.config_file);
    const auto found = settings.services.find(section);
    if (found == settings.services.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat("the profile's key services: ", settings.config_file,
                       " has no section [services ", section, "]"));
    }
    auto url = NestedValueOf(found->second, service, "endpoint_url");
    if (!url.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(source, ": ", url.status().message()));
    }
    if (!url->empty()) return ConfiguredEndpoint{*std::move(url), source};
  }
  return ConfiguredEndpoint{ValueOf(profile, "endpoint_url"),
                            ValueOf(profile, "endpoint_url").empty()
                                ? ""
                                : "the profile's endpoint_url"};
}

}  // namespace

AwsSettings LoadAwsSettings(const std::string& profile_option,
                            const Environment& variable) {
  AwsSettings settings;
  settings.variable = variable;
  settings.config_file = PathOf("AWS_CONFIG_FILE", "~/.aws/config", variable);
  settings.credentials_file =
      PathOf("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", variable);
  auto config =
      ReadFile(settings.config_file, AwsFileKind::kConfig, settings.unreadable);
  auto credentials = ReadFile(settings.credentials_file,
                              AwsFileKind::kCredentials, settings.unreadable);
  settings.files.Update(config.status());
  settings.files.Update(credentials.status());
  if (settings.files.ok()) {
    settings.profiles =
        MergeProfiles(std::move(config->profiles), credentials->profiles);
    settings.services = std::move(config->services);
  }
  settings.profile_is_option = !profile_option.empty();
  if (settings.profile_is_option) {
    settings.profile = profile_option;
    settings.profile_source = "--profile";
    return settings;
  }
  // In this order, as botocore has it.
  for (const char* name : {"AWS_DEFAULT_PROFILE", "AWS_PROFILE"}) {
    const std::string chosen = variable(name);
    if (chosen.empty()) continue;
    settings.profile = chosen;
    settings.profile_source = name;
    break;
  }
  return settings;
}

absl::StatusOr<AwsProfile> FindProfile(const AwsSettings& settings,
                                       const std::string& name) {
  if (!settings.files.ok()) {
    return absl::FailedPreconditionError(settings.files.message());
  }
  const auto found = settings.profiles.find(name);
  if (found != settings.profiles.end()) return found->second;
  if (!settings.unreadable.empty()) {
    return absl::NotFoundError(settings.unreadable);
  }
  return absl::NotFoundError(absl::StrCat("neither ", settings.config_file,
                                          " nor ", settings.credentials_file,
                                          " has a profile of that name"));
}

absl::Status CheckProfile(const AwsSettings& settings) {
  absl::Status found = FindProfile(settings, settings.profile).status();
  if (!absl::IsNotFound(found)) return found;
  if (settings.profile_source.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("profile ", CleanLine(settings.profile, kMaxQuotedText),
                   " could not be found (", settings.profile_source,
                   "): ", found.message()));
}

std::string RegionOf(const AwsSettings& settings, const AwsProfile& profile) {
  std::string region =
      FirstOf(settings.variable, {"AWS_REGION", "AWS_DEFAULT_REGION"});
  return region.empty() ? ValueOf(profile, "region") : region;
}

std::string RegionInUse(const AwsSettings& settings) {
  return RegionOf(settings, ProfileInUse(settings));
}

absl::StatusOr<ConfiguredEndpoint> EndpointOf(const AwsSettings& settings,
                                              const AwsProfile& profile,
                                              absl::string_view service) {
  absl::StatusOr<ConfiguredEndpoint> named =
      NamedEndpoint(settings, profile, service);
  if (!named.ok() || named->url.empty()) return named;
  const absl::StatusOr<ServiceUrl> url = ParseServiceUrl(named->url);
  if (!url.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(named->source, ": ", url.status().message()));
  }
  named->url = url->ToString();
  return named;
}

absl::StatusOr<ConfiguredEndpoint> EndpointInUse(const AwsSettings& settings,
                                                 absl::string_view service) {
  return EndpointOf(settings, ProfileInUse(settings), service);
}

std::string CaFileOf(const AwsSettings& settings, const AwsProfile& profile) {
  std::string file = settings.variable("AWS_CA_BUNDLE");
  return file.empty() ? ValueOf(profile, "ca_bundle") : file;
}

std::string CaFileInUse(const AwsSettings& settings) {
  return CaFileOf(settings, ProfileInUse(settings));
}

}  // namespace invocator
