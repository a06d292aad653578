// Gives advice about calls that failed in the transport. Pure.
#ifndef INVOCATOR_COORDINATOR_REPORT_TRANSPORT_HINT_H_
#define INVOCATOR_COORDINATOR_REPORT_TRANSPORT_HINT_H_

#include <string>

#include "coordinator/report/run_report.h"

namespace invocator {

// A phrase without a period; empty for reasons outside the transport.
std::string TransportHint(const FailureReport& failure);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REPORT_TRANSPORT_HINT_H_
