// Calls over HTTP/1.1: one at a time on a connection, which is kept open for
// the next.
//
// Never sends a request again that may have reached a server. A call moves to
// another connection only if its idle one turned out to be gone before a byte
// was written.
//
// Units: nanoseconds since the run's start. Thread-compatible: belongs to one
// engine. Borrows the invoker's parts.
#ifndef INVOCATOR_WORKER_TRANSPORT_HTTP1_CALLS_H_
#define INVOCATOR_WORKER_TRANSPORT_HTTP1_CALLS_H_

#include <cstdint>

#include "worker/engine/invoker.h"
#include "worker/engine/run_clock.h"
#include "worker/transport/call_closer.h"
#include "worker/transport/connect_line.h"
#include "worker/transport/connection_pool.h"

namespace invocator {

class Http1Calls {
 public:
  using OnEnded = Invoker::OnEnded;

  explicit Http1Calls(const CallParts& parts) : parts_(parts) {}

  // Signs the call for the wall clock's second, if its request is signed.
  void Sign(Call& call) const;
  // Writes a signed call to an idle connection; false if there is none.
  bool Send(Call& call);
  // Signs and writes the call on a connection that was opened for it.
  void Begin(Link& link, const RunClock& clock, OnEnded on_ended);
  // Advances an idle or busy connection as far as possible now.
  void Drive(Link& link, const RunClock& clock, OnEnded on_ended);

 private:
  // Writes the signed request; false if the connection was gone.
  bool Transmit(Link& link, Call& call);
  void OnAnswer(Link& link, const RunClock& clock, OnEnded on_ended);
  // The call's connection broke: closes it.
  void OnBroken(Link& link, const RunClock& clock, OnEnded on_ended);

  const CallParts parts_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_TRANSPORT_HTTP1_CALLS_H_
