// Connects LambdaClient to the network and to this process's credentials and
// clocks.
#ifndef INVOCATOR_COORDINATOR_MEMORY_REAL_LAMBDA_H_
#define INVOCATOR_COORDINATOR_MEMORY_REAL_LAMBDA_H_

#include "common/credentials/credentials_chain.h"
#include "common/credentials/source_io.h"
#include "common/http/target_options.h"
#include "coordinator/memory/lambda_client.h"

namespace invocator {

// Works until `give_up`, but waits for a change under way until
// `give_up_change`: an abandoned change might take effect after it was undone.
// Renews credentials before they expire. Borrows `chosen`.
LambdaSystem RealLambda(ChosenCredentials& chosen, const TargetOptions& target,
                        const GiveUp& give_up, const GiveUp& give_up_change);

// Reloads credentials: after a run, files may hold new ones.
void AskAnew(ChosenCredentials& chosen, const GiveUp& give_up);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_MEMORY_REAL_LAMBDA_H_
