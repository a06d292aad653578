// Queue of calls waiting for a new connection. Each turn of the engine opens a
// few, and origins take turns.
//
// Opening a connection takes some 50 us, by which calls due meanwhile would be
// late. While calls wait, the next turn follows at once. An origin of HTTP/2
// has a limit on its connections: then its calls wait for those that it has.
//
// Units: nanoseconds since the run's start. Thread-compatible: belongs to one
// engine. Borrows the pool, which has the connections' places, and every call
// until it is taken out.
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
  // As ConnectionOpener::OnOpened; the call has left the queue.
  using OnOpened = absl::FunctionRef<void(Call& call, int fd,
                                          const TransportFailure& failure)>;

  ConnectLine(std::unique_ptr<ConnectionOpener> opener, ConnectionPool& pool)
      : opener_(std::move(opener)), pool_(pool) {}

  void BeginTurn();
  // Opens a connection for the call now, or when its turn comes.
  void Add(Call& call, int64_t now_ns);
  // Opens one for the call now; false if this turn allows no more.
  bool AddAtOnce(Call& call, int64_t now_ns);
  // Lets the origin take turns to connect if calls wait there and it may open
  // more connections.
  void QueueIfWaiting(OriginPool& origin);
  // Takes the first call that waits for that origin out of the queue, for a
  // connection that has become free. Null if none waits.
  Call* Take(OriginPool& origin);
  // Puts a taken call back in its place.
  void PutBack(Call& call);
  // Current step of a call that timed out in the queue or while connecting.
  TransportFailure WhyLate(const Call& call) const;
  // Removes a call, whether queued or connecting; does nothing if it is
  // neither.
  void Remove(Call& call);

  // True if there is work without an event.
  bool has_work() const {
    return !origins_in_turn_.empty() || opener_->has_work();
  }
  // Instant of the next work without an event.
  int64_t due_ns() const { return opener_->due_ns(); }
  // Handles an event of a descriptor that belongs to no link.
  void OnReady(int fd, uint32_t events, int64_t now_ns) {
    opener_->OnReady(fd, events, now_ns);
  }
  // Begins the connections that this turn allows and hands over finished ones.
  // False if there was nothing to do.
  bool EndTurn(int64_t now_ns, OnOpened on_opened);

 private:
  static bool MayOpen(const OriginPool& origin) {
    return !origin.http2 || origin.links < origin.max_links;
  }
  void Begin(Call& call, int64_t now_ns);

  const std::unique_ptr<ConnectionOpener> opener_;
  ConnectionPool& pool_;
  std::deque<OriginPool*> origins_in_turn_;  // with waiting calls
  int left_ = 0;                             // to be begun in this turn
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_TRANSPORT_CONNECT_LINE_H_
