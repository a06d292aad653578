// What to do about calls that got no answer that counts. Pure.
#ifndef INVOCATOR_COORDINATOR_TRANSPORT_HINT_H_
#define INVOCATOR_COORDINATOR_TRANSPORT_HINT_H_

#include <string>

#include "coordinator/run_report.h"

namespace invocator {

// A phrase without a period; empty where the reason is not the transport's.
std::string TransportHint(const FailureReport& failure);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TRANSPORT_HINT_H_
