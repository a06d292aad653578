// Where this process's AWS credentials come from: the sources AWS's own tools
// try, in their order (AWS SDKs and Tools reference guide, "Credential provider
// chain"; botocore's where they differ):
//
//   environment variables (not with --profile), the profile's role, a web
//   identity of the environment (EKS), the profile's web identity, keys or
//   process, the container's agent (ECS, EKS), the instance's metadata (EC2).
//
// A source that is not set up is passed over; one that is, but fails, ends the
// search: another identity than the one asked for would be worse than none.
#ifndef INVOCATOR_COMMON_CREDENTIALS_CHAIN_H_
#define INVOCATOR_COMMON_CREDENTIALS_CHAIN_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "common/aws_settings.h"
#include "common/credentials.h"
#include "common/source_io.h"

namespace invocator {

struct CredentialsSource {
  std::string name;  // for people: "keys of profile dev"
  // Asks it again. Blocks until `give_up` says so or its own time-outs do; safe
  // to call from any one thread at a time.
  std::function<absl::StatusOr<FoundCredentials>(const GiveUp& give_up)> fetch;
};

struct ChosenCredentials {
  CredentialsSource source;
  FoundCredentials found;
};

// Blocks as its sources do. FAILED_PRECONDITION, with every source that was
// tried and why it gave none, when there are no credentials, or when a source
// that is set up fails; CANCELLED.
absl::StatusOr<ChosenCredentials> FindCredentials(
    const std::string& profile_option, const GiveUp& give_up = nullptr,
    const Environment& variable = ProcessVariable, const SourceIo& io = {});

}  // namespace invocator

#endif  // INVOCATOR_COMMON_CREDENTIALS_CHAIN_H_
