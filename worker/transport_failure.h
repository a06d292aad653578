// What the transport met: why a call got no answer that counts.
//
// Plain value; pure functions.
#ifndef INVOCATOR_WORKER_TRANSPORT_FAILURE_H_
#define INVOCATOR_WORKER_TRANSPORT_FAILURE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "common/reason.h"

namespace invocator {

struct TransportFailure {
  Reason reason = Reason::kNone;
  std::string detail;  // for people: "certificate has expired"
};

// Why a connection could not be made, by the system's error number.
Reason ReasonOfConnectErrno(int error);

// What a connection that is not open in time is at: "still connecting".
absl::string_view WaitWords(Reason timeout);

// The system's words for an error number: "Connection refused".
absl::string_view ErrnoWords(int error);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_TRANSPORT_FAILURE_H_
