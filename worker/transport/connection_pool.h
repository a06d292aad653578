// Pool of one engine's open connections: each one's calls, the idle ones of
// HTTP/1.1, the order in which those are closed to make room, and the ones of
// HTTP/2 that take further calls.
//
// Thread-compatible: belongs to one engine. Owns the connections; borrows the
// pools and the calls, which must outlive it.
#ifndef INVOCATOR_WORKER_TRANSPORT_CONNECTION_POOL_H_
#define INVOCATOR_WORKER_TRANSPORT_CONNECTION_POOL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "worker/net/origin.h"
#include "worker/net/proxy_tunnel.h"
#include "worker/net/socket_stream.h"
#include "worker/net/tls_context.h"
#include "worker/net/transport_failure.h"
#include "worker/protocol/http2_session.h"
#include "worker/protocol/http_connection.h"
#include "worker/transport/call_table.h"

namespace invocator {

// State shared by the connections to one origin.
struct OriginPool {
  Origin origin;
  TlsSession session;
  TlsSession proxy_session;
  // Last in, first out: the connection used last is warm in the caches.
  std::vector<Link*> idle;
  CallQueue waiting;     // worker/transport/connect_line.h
  bool in_turn = false;  // is among the origins that take turns to connect
  // HTTP/2 is asked for, and no connection has fallen back to HTTP/1.1.
  bool http2 = false;
  uint32_t max_links = 1;  // limit on `links`, of HTTP/2
  // Connections, and those being opened, that take further calls.
  uint32_t links = 0;
  bool tls_began = false;        // on a connection; none was usable since
  uint32_t streaming = 0;        // connections that speak HTTP/2
  std::vector<Link*> with_room;  // of these, with room for calls: take turns
  size_t next_with_room = 0;
  int64_t no_spare_until_ns = 0;  // the last one could not be opened
};

// A connection and its state.
struct Link {
  Link(std::unique_ptr<Socket> socket, OriginPool& its_pool)
      : stream(std::move(socket)), connection(stream), pool(&its_pool) {}

  enum class State { kHandshake, kBusy, kIdle, kStreams };

  // Not the target, but TLS with its proxy broke.
  bool proxy_tls_broke() const {
    return tunnel != nullptr && tunnel->tls_broke();
  }
  // The reason, after its connection or session is broken. `exchange`: as for
  // Http2Session::WhyBroken.
  TransportFailure WhyBroken(const Http2Stream* exchange = nullptr) const {
    return proxy_tls_broke()  ? tunnel->WhyFailed()
           : http2 != nullptr ? http2->WhyBroken(exchange)
                              : connection.WhyBroken();
  }

  SocketStream stream;
  ProxyTunnel* tunnel = nullptr;        // the stream's socket, or null
  HttpConnection connection;            // HTTP/1.1
  std::unique_ptr<Http2Session> http2;  // with kStreams
  OriginPool* const pool;
  State state = State::kHandshake;
  Call* call = nullptr;    // unless idle; with kStreams, one that warms
  bool takes_more = true;  // counts in its pool's links
  bool fresh = false;      // with kStreams: carries its first invocation next
  // Its places in the pool's lists.
  bool resumes = false;    // continues without an event
  bool unwritten = false;  // something is queued
  bool has_room = false;
  size_t room_index = 0;
  // While idle.
  size_t idle_index = 0;
  Link* idle_before = nullptr;
  Link* idle_after = nullptr;
};

// List of links to be visited once. `flag`: the link's mark of being in it.
class LinkList {
 public:
  explicit LinkList(bool Link::*flag) : flag_(flag) {}

  bool empty() const { return links_.empty(); }
  void Add(Link& link) {
    if (!std::exchange(link.*flag_, true)) links_.push_back(&link);
  }
  void Remove(Link& link);
  // Takes the links out that were added before this call, and visits each; any
  // link may be removed meanwhile.
  void Visit(absl::FunctionRef<void(Link&)> visit);

 private:
  bool Link::*const flag_;
  std::vector<Link*> links_;
  std::vector<Link*> visited_;
};

class ConnectionPool {
 public:
  explicit ConnectionPool(uint32_t max_open) : max_open_(max_open) {}

  // Reserves a place for a connection being opened. If all are taken, closes
  // the connection idle the longest; if all are busy, exceeds the limit.
  void TakePlace(OriginPool& pool);
  // Frees a place whose connection was not opened.
  void LeavePlace(OriginPool& pool) {
    --open_;
    --pool.links;
  }

  // Adds a connection to its reserved place.
  Link& Add(std::unique_ptr<Socket> socket, Call& call);
  // The connection of that descriptor; null if unknown.
  Link* Find(int fd) const;
  // Closes the connection; its call, if any, is left without one.
  void Close(Link& link);

  // Closes all connections. REQUIRES: no call is on one.
  void CloseAll();

  // Takes the idle connection used last; null if none is idle.
  Link* TakeIdle(OriginPool& pool);
  void SetIdle(Link& link);
  void RemoveIdle(Link& link);

  // The next connection of HTTP/2 with room for a call; null if there is none.
  Link* NextWithRoom(OriginPool& pool);
  void SetHasRoom(Link& link, bool has_room);
  // The connection takes no further calls.
  void Retire(Link& link);
  // A retired one takes calls again.
  void Revive(Link& link) {
    if (!std::exchange(link.takes_more, true)) ++link.pool->links;
  }

  // Connections that continue without an event.
  LinkList& resumed() { return resumed_; }
  // Connections of HTTP/2 with something to write.
  LinkList& unwritten() { return unwritten_; }

 private:
  void CloseLongestIdle();

  const uint32_t max_open_;
  size_t open_ = 0;  // connections, and places for those being opened
  std::vector<std::unique_ptr<Link>> by_fd_;
  Link* longest_idle_ = nullptr;
  Link* latest_idle_ = nullptr;
  LinkList resumed_{&Link::resumes};
  LinkList unwritten_{&Link::unwritten};
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_TRANSPORT_CONNECTION_POOL_H_
