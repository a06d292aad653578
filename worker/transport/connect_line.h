// The calls for which there is no connection yet: they wait in line, origins
// take turns, and each turn of the engine opens a few.
//
// To open a connection takes some 50 us, which what is due meanwhile would be
// late. There is no end of turns.
//
// Units: nanoseconds since the run's start. Thread-compatible: belongs to one
// engine. Borrows the pool in which connections have their places, and calls,
// until they are taken out.
#ifndef INVOCATOR_WORKER_TRANSPORT_CONNECT_LINE_H_
#define INVOCATOR_WORKER_TRANSPORT_CONNECT_LINE_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <utility>

#include "absl/functional/function_ref.h"
#include "worker/net/connection_opener.h"
#include "worker/transport/call_table.h"
#include "worker/transport/connection_pool.h"

namespace invocator {

class ConnectLine {
 public:
  // As ConnectionOpener::OnOpened; the call waits for nothing any more.
  using OnOpened = absl::FunctionRef<void(Call& call, int fd,
                                          const TransportFailure& failure)>;

  ConnectLine(std::unique_ptr<ConnectionOpener> opener, ConnectionPool& pool)
      : opener_(std::move(opener)), pool_(pool) {}

  void BeginTurn();
  // Opens a connection for the call now, or when its turn comes.
  void Add(Call& call, int64_t now_ns);
  // The first that waits for its turn to connect to that origin, taken out of
  // the line: a connection has become free. Null if none waits.
  Call* Take(OriginPool& origin);
  // Gives a call that was taken its place back.
  void PutBack(Call& call);
  // Current step of a call that timed out in the line or while connecting.
  TransportFailure WhyLate(const Call& call) const;
  // Takes a call out, wherever it is; no matter if it is not here.
  void Remove(Call& call);

  // There is something to do without an event.
  bool stirred() const { return !hungry_.empty() || opener_->stirred(); }
  // When there will be, if nothing happens before.
  int64_t due_ns() const { return opener_->due_ns(); }
  // A descriptor that the event loop reports and that is no link's.
  void OnReady(int fd, uint32_t events, int64_t now_ns) {
    opener_->OnReady(fd, events, now_ns);
  }
  // Opens what this turn allows, and hands over what is open. False if that was
  // nothing.
  bool EndTurn(int64_t now_ns, OnOpened on_opened);

 private:
  void Begin(Call& call, int64_t now_ns);

  const std::unique_ptr<ConnectionOpener> opener_;
  ConnectionPool& pool_;
  std::deque<OriginPool*> hungry_;  // with calls that wait
  int left_ = 0;                    // to be begun in this turn
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_TRANSPORT_CONNECT_LINE_H_
