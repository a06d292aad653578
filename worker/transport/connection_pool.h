// Pool of one engine's open connections: each one's call, the idle ones, and
// the order in which idle ones are closed to make room.
//
// Thread-compatible: belongs to one engine. Owns the connections; borrows the
// pools and the calls, which must outlive it.
#ifndef INVOCATOR_WORKER_TRANSPORT_CONNECTION_POOL_H_
#define INVOCATOR_WORKER_TRANSPORT_CONNECTION_POOL_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "worker/net/origin.h"
#include "worker/net/tls_context.h"
#include "worker/transport/call_table.h"
#include "worker/transport/http_connection.h"

namespace invocator {

// State shared by the connections to one origin.
struct OriginPool {
  Origin origin;
  TlsSession session;
  // Last in, first out: the connection used last is warm in the caches.
  std::vector<Link*> idle;
  std::deque<Call*> waiting;  // worker/transport/connect_line.h
  bool hungry = false;        // has a place among the origins that take turns
};

// A connection and its state.
struct Link {
  Link(std::unique_ptr<Socket> socket, OriginPool& its_pool)
      : connection(std::move(socket)), pool(&its_pool) {}

  enum class State { kHandshake, kBusy, kIdle };

  HttpConnection connection;
  OriginPool* const pool;
  State state = State::kHandshake;
  Call* call = nullptr;  // unless idle
  bool resumes = false;  // continues without an event
  // While idle.
  size_t idle_index = 0;
  Link* idle_before = nullptr;
  Link* idle_after = nullptr;
};

class ConnectionPool {
 public:
  explicit ConnectionPool(uint32_t max_open) : max_open_(max_open) {}

  // Reserves a place for a connection being opened. If all are taken, closes
  // the connection idle the longest; if all are busy, exceeds the limit.
  void TakePlace();
  // Frees a place whose connection was not opened.
  void LeavePlace() { --open_; }

  // Adds a connection to its reserved place.
  Link& Add(std::unique_ptr<Socket> socket, Call& call);
  // The connection of that descriptor; null if unknown.
  Link* Find(int fd) const;
  // Closes the connection; its call, if any, is left without one.
  void Close(Link& link);

  void CloseIdle();

  // Takes the idle connection used last; null if none is idle.
  Link* TakeIdle(OriginPool& pool);
  void SetIdle(Link& link);
  void RemoveIdle(Link& link);

  // Marks a connection, once, to continue without an event.
  void Resume(Link& link);
  bool any_resumed() const { return !resumed_.empty(); }
  // Calls `go_on` for connections resumed before this call, not for those
  // resumed meanwhile; any connection may be closed.
  void ForEachResumed(absl::FunctionRef<void(Link&)> go_on);

 private:
  void CloseLongestIdle();

  const uint32_t max_open_;
  size_t open_ = 0;  // connections, and places for those being opened
  std::vector<std::unique_ptr<Link>> by_fd_;
  Link* longest_idle_ = nullptr;
  Link* latest_idle_ = nullptr;
  std::vector<Link*> resumed_;
  std::vector<Link*> resuming_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_TRANSPORT_CONNECTION_POOL_H_
