// Calls over HTTP/2: many at a time on a connection. An origin's connections
// take turns; a call for which none has room waits for one, in the order of the
// sends, and is signed anew when it leaves.
//
// A call is sent again only if the peer states that it has not processed it
// (REFUSED_STREAM: once; GOAWAY: up to four times), or if no byte of it left.
//
// Connections that are lost while calls come are opened anew ahead of need, so
// that an origin keeps the number it was given.
//
// Units: nanoseconds since the run's start. Thread-compatible: belongs to one
// engine. Borrows the invoker's parts.
#ifndef INVOCATOR_WORKER_TRANSPORT_HTTP2_CALLS_H_
#define INVOCATOR_WORKER_TRANSPORT_HTTP2_CALLS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "worker/engine/invoker.h"
#include "worker/engine/run_clock.h"
#include "worker/net/transport_failure.h"
#include "worker/transport/call_closer.h"
#include "worker/transport/connect_line.h"
#include "worker/transport/connection_pool.h"
#include "worker/transport/warming.h"

namespace invocator {

class Http2Calls {
 public:
  using OnEnded = Invoker::OnEnded;

  Http2Calls(const CallParts& parts, Warming& warming);

  // Signs the call for the wall clock's second, if its request is signed.
  void Sign(Call& call) const;
  // Queues a signed call on a connection with room; WriteAll sends it. False if
  // there is none, or earlier calls wait.
  bool Send(Call& call);
  // Begins HTTP/2 on a connection that was opened for its call.
  void Begin(Link& link, const RunClock& clock, OnEnded on_ended);
  // Writes what was queued, for each connection together.
  void WriteAll(const RunClock& clock, OnEnded on_ended);
  // Advances the connection as far as possible now.
  void Drive(Link& link, const RunClock& clock, OnEnded on_ended);
  // Resets the stream of a call that has ended otherwise.
  void Cancel(Link& link, Http2Stream& stream);
  // A call that was sent then has timed out: a connection on which nothing came
  // since may be dead, and takes no further calls until something comes.
  void OnTimeout(Link& link, int64_t sent_ns);
  // Ends a spare connection's call: it is open.
  void EndSpare(Call& call);
  // As EndSpare, if it could not be opened.
  void OnSpareFailed(Call& call, int64_t now_ns);

 private:
  // Queues a signed call; false if the connection takes no more.
  bool Submit(Link& link, Call& call);
  // Opens a connection in place of a lost one, if this turn allows it.
  void OpenSpare(OriginPool& pool, int64_t now_ns);
  // Deals with everything that a read or write brought about.
  void Settle(Link& link, Http2Session::Progress progress,
              const RunClock& clock, OnEnded on_ended);
  void TakeEnded(Link& link, OnEnded on_ended);
  // Puts calls back into the queue, in their order.
  void SendAgain(std::vector<Call*>& calls);
  void Close(Link& link, const RunClock& clock, OnEnded on_ended);
  // Sends waiting calls while there is room.
  void Dispatch(OriginPool& pool);

  const CallParts parts_;
  Warming& warming_;
  const size_t spare_queue_;    // of timeouts
  std::vector<Call*> refused_;  // scratch space
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_TRANSPORT_HTTP2_CALLS_H_
