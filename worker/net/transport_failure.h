// Failure of the transport: the reason a call got no valid answer.
//
// Plain value; pure functions.
#ifndef INVOCATOR_WORKER_NET_TRANSPORT_FAILURE_H_
#define INVOCATOR_WORKER_NET_TRANSPORT_FAILURE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "common/result/reason.h"

namespace invocator {

struct TransportFailure {
  Reason reason = Reason::kNone;
  std::string detail;  // for people: "certificate has expired"
};

// Reason why a connection could not be opened, from errno.
Reason ReasonOfConnectErrno(int error);

// For a TLS handshake that did not finish in time for its call.
TransportFailure LateHandshake();

// Describes the step a call timed out at: its detail, or a default if empty.
std::string WaitWords(const TransportFailure& late);

// The system's words for an error number: "Connection refused".
absl::string_view ErrnoWords(int error);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_NET_TRANSPORT_FAILURE_H_
