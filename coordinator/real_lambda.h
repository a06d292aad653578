// Lambda's control API as this process reaches it: through the network, with
// its credentials and clocks.
#ifndef INVOCATOR_COORDINATOR_REAL_LAMBDA_H_
#define INVOCATOR_COORDINATOR_REAL_LAMBDA_H_

#include "common/credentials_chain.h"
#include "common/source_io.h"
#include "common/target_options.h"
#include "coordinator/lambda_client.h"

namespace invocator {

// Until `give_up`; a change under way is waited for until `give_up_change`: cut
// off, it might take effect after it was undone. Credentials are renewed before
// they expire. Borrows them.
LambdaSystem RealLambda(ChosenCredentials& chosen, const TargetOptions& target,
                        const GiveUp& give_up, const GiveUp& give_up_change);

// After a run, files may hold other credentials than before it.
void AskAnew(ChosenCredentials& chosen, const GiveUp& give_up);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REAL_LAMBDA_H_
