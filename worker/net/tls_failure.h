// Derives the reason of a TLS failure from OpenSSL's errors. Pure.
#ifndef INVOCATOR_WORKER_NET_TLS_FAILURE_H_
#define INVOCATOR_WORKER_NET_TLS_FAILURE_H_

#include "worker/net/transport_failure.h"

namespace invocator {

struct TlsFacts {
  long verify_result = 0;              // X509_V_...
  unsigned long error = 0;             // from ERR_peek_error; 0: none
  int system_error = 0;                // errno; 0: the peer closed
  bool in_handshake = true;            // ours has not ended
  bool asked_for_certificate = false;  // by the peer
  bool showed_certificate = false;
};

TransportFailure TlsFailureOf(const TlsFacts& facts);

// True if `error` is TLS's, not that of the connection under it.
bool IsOfTls(unsigned long error);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_NET_TLS_FAILURE_H_
