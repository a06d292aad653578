// Finds this process's AWS credentials in the sources of AWS's own tools, in
// their order (AWS SDKs and Tools reference guide, "Credential provider chain";
// botocore's order where they differ):
//
//   environment variables (not with --profile), the profile's role, a web
//   identity of the environment (EKS), the profile's web identity, keys or
//   process, the container's agent (ECS, EKS), the instance's metadata (EC2).
//
// Skips sources that are not set up. A source that is set up but fails ends the
// search: a wrong identity would be worse than none.
#ifndef INVOCATOR_COMMON_CREDENTIALS_CREDENTIALS_CHAIN_H_
#define INVOCATOR_COMMON_CREDENTIALS_CREDENTIALS_CHAIN_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "common/aws/aws_settings.h"
#include "common/aws/credentials.h"
#include "common/credentials/source_io.h"

namespace invocator {

struct CredentialsSource {
  std::string name;  // for people: "keys of profile dev"
  // Fetches fresh credentials. Blocks until `give_up` returns true or the
  // source times out. One call at a time, from any thread.
  std::function<absl::StatusOr<FoundCredentials>(const GiveUp& give_up)> fetch;
};

struct ChosenCredentials {
  CredentialsSource source;
  FoundCredentials found;
};

// Blocks as its sources do. FAILED_PRECONDITION if there are no credentials or
// a source fails; the message lists every source tried, with its reason.
// CANCELLED if given up.
absl::StatusOr<ChosenCredentials> FindCredentials(
    const std::string& profile_option, const GiveUp& give_up = nullptr,
    const Environment& variable = ProcessVariable, const SourceIo& io = {});

}  // namespace invocator

#endif  // INVOCATOR_COMMON_CREDENTIALS_CREDENTIALS_CHAIN_H_
