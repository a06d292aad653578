// Credentials that a worker signs with: found once for a run and kept fresh.
#ifndef INVOCATOR_WORKER_SETUP_OWN_CREDENTIALS_H_
#define INVOCATOR_WORKER_SETUP_OWN_CREDENTIALS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "common/credentials/credentials_chain.h"
#include "common/credentials/credentials_refresher.h"
#include "worker/setup/agent_options.h"

namespace invocator {

// Takes the options' credentials, or searches until `give_up` returns true.
// Errors as FindCredentials. Logs news of their renewal.
absl::StatusOr<std::unique_ptr<CredentialsRefresher>> FindOwnCredentials(
    const AgentOptions& options, const GiveUp& give_up);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_SETUP_OWN_CREDENTIALS_H_
