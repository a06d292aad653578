// The connections that one engine has open: which carries which call, which are
// idle, and which goes first when there is no room for one more.
//
// Thread-compatible: belongs to one engine. Owns the connections; borrows the
// pools and the calls, which must outlive it.
#ifndef INVOCATOR_WORKER_TRANSPORT_CONNECTION_POOL_H_
#define INVOCATOR_WORKER_TRANSPORT_CONNECTION_POOL_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "worker/net/origin.h"
#include "worker/net/tls_context.h"
#include "worker/transport/call_table.h"
#include "worker/transport/http_connection.h"

namespace invocator {

// What the connections to one origin have in common.
struct OriginPool {
  Origin origin;
  TlsSession session;
  // Last in, first out: what was used last is warm in the caches.
  std::vector<Link*> idle;
  std::deque<Call*> waiting;  // worker/transport/connect_line.h
  bool hungry = false;        // has a place among the origins that take turns
};

// A connection and where it stands.
struct Link {
  Link(int fd, OriginPool& its_pool) : connection(fd), pool(&its_pool) {}

  enum class State { kHandshake, kBusy, kIdle };

  HttpConnection connection;
  OriginPool* const pool;
  State state = State::kHandshake;
  Call* call = nullptr;  // unless idle
  bool resumes = false;  // goes on without an event
  // While idle.
  size_t idle_index = 0;
  Link* idle_before = nullptr;
  Link* idle_after = nullptr;
};

class ConnectionPool {
 public:
  explicit ConnectionPool(uint32_t max_open) : max_open_(max_open) {}

  // A place for a connection that is being opened; where all are taken, the
  // one idle the longest is closed. Busy ones are not: then there are more.
  void TakePlace();
  // The connection was not opened after all.
  void LeavePlace() { --open_; }

  // A connection that has its place and `fd`, which it takes over.
  Link& Add(int fd, Call& call);
  // Null if there is none of that descriptor.
  Link* Find(int fd) const;
  // Its call, if any, is without a connection then.
  void Close(Link& link);

  // The idle one used last, no longer idle; null if there is none.
  Link* TakeIdle(OriginPool& pool);
  void SetIdle(Link& link);
  void RemoveIdle(Link& link);

  // Those that go on without an event, each once.
  void Resume(Link& link);
  bool any_resumed() const { return !resumed_.empty(); }
  // Those resumed before it, not those resumed meanwhile; any may be closed.
  void ForEachResumed(absl::FunctionRef<void(Link&)> go_on);

 private:
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
