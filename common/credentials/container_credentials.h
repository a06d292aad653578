// Credentials of an ECS task or an EKS pod, from its local agent
// (AWS SDKs and Tools reference guide, "Container credential provider").
#ifndef INVOCATOR_COMMON_CREDENTIALS_CONTAINER_CREDENTIALS_H_
#define INVOCATOR_COMMON_CREDENTIALS_CONTAINER_CREDENTIALS_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/aws/credentials.h"
#include "common/base/environment.h"
#include "common/credentials/source_io.h"

namespace invocator {

// Whether AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI is set.
bool HasContainerCredentials(const Environment& variable);

// The agent's URL from those variables. FAILED_PRECONDITION for plain http to a
// host other than this machine and the agents' link-local addresses: the
// request carries a secret token.
absl::StatusOr<std::string> ContainerUrl(const Environment& variable);

// Fetches credentials from that URL, with the token of
// AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE (read anew each time) or
// AWS_CONTAINER_AUTHORIZATION_TOKEN. `ca_file`: CA certificates for an https
// URL; may be empty.
absl::StatusOr<FoundCredentials> FetchContainerCredentials(
    const Environment& variable, const std::string& ca_file, const SourceIo& io,
    const GiveUp& give_up);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_CREDENTIALS_CONTAINER_CREDENTIALS_H_
