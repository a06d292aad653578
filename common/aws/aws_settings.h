// Settings from AWS's shared files and environment variables, other than
// credentials: profile in use, region, endpoints, certificates.
//
// Loaded once; safe to read from any thread.
#ifndef INVOCATOR_COMMON_AWS_AWS_SETTINGS_H_
#define INVOCATOR_COMMON_AWS_AWS_SETTINGS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/aws/aws_profile.h"
#include "common/base/environment.h"

namespace invocator {

struct AwsSettings {
  Environment variable;
  std::string config_file;  // paths; the files may be absent
  std::string credentials_file;
  AwsProfiles profiles;
  AwsProfiles services;  // sections of the config file
  absl::Status files;    // read error; absent files are no error
  // A file without read permission. Counts as absent, since services often may
  // not read home folders.
  std::string unreadable;
  std::string profile = "default";  // the name in use
  // Its source, "--profile" or a variable; empty: the default.
  std::string profile_source;
  bool profile_is_option = false;  // overrides credentials in variables
};

// `profile_option`: of --profile; empty if not given.
AwsSettings LoadAwsSettings(const std::string& profile_option,
                            const Environment& variable = ProcessVariable);

// FAILED_PRECONDITION if the files could not be read; NOT_FOUND, naming the
// files, if neither has it.
absl::StatusOr<AwsProfile> FindProfile(const AwsSettings& settings,
                                       const std::string& name);

// FAILED_PRECONDITION if the profile's settings are unknown: a file could not
// be read, or neither file has the profile that --profile or a variable names.
// AWS's tools refuse both, even with credentials in variables, since the
// profile may set the region or endpoint.
absl::Status CheckProfile(const AwsSettings& settings);

// Region from AWS_REGION, AWS_DEFAULT_REGION or `profile`, in the AWS CLI's
// order; "" if none has one.
std::string RegionOf(const AwsSettings& settings, const AwsProfile& profile);
// The region for the profile in use.
std::string RegionInUse(const AwsSettings& settings);

// An endpoint that replaces AWS's own; both empty: not configured.
struct ConfiguredEndpoint {
  std::string url;     // as of ServiceUrl::ToString
  std::string source;  // for people: "AWS_ENDPOINT_URL"
};

// The endpoint of `service` ("sts"): AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL,
// endpoint_url of that service in the [services] section that the profile
// names, endpoint_url of the profile; none if
// AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, or the profile's key of that name, is
// true (AWS SDKs and Tools reference guide, "Service-specific endpoints").
// INVALID_ARGUMENT, naming the source, for a value that is not a service URL
// and for a missing section.
absl::StatusOr<ConfiguredEndpoint> EndpointOf(const AwsSettings& settings,
                                              const AwsProfile& profile,
                                              absl::string_view service);
// The endpoint for the profile in use.
absl::StatusOr<ConfiguredEndpoint> EndpointInUse(const AwsSettings& settings,
                                                 absl::string_view service);

// Certificates to trust: AWS_CA_BUNDLE, or the profile's; "": the system's.
std::string CaFileOf(const AwsSettings& settings, const AwsProfile& profile);
// The certificates for the profile in use.
std::string CaFileInUse(const AwsSettings& settings);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_AWS_AWS_SETTINGS_H_
