// Opens connections with libcurl: tries addresses and goes through proxies
// without blocking. The result is a connected socket, which the caller then
// owns. TLS comes later (worker/net/tls_context.h); with an HTTPS proxy the
// socket is connected to the proxy (worker/net/proxy_tunnel.h).
// Names, including those of proxies, are looked up separately
// (worker/net/host_addresses.h). With a unix socket, connects only to that.
//
// The socket is taken from libcurl and not left behind a CONNECT_ONLY handle:
// whenever libcurl opens a connection, it checks those it has and closes any
// with an unread answer (7.88 to 8.22 do).
//
// Thread-compatible: belongs to one engine. Borrows the event loop, and the
// addresses that its turns borrow.
#ifndef INVOCATOR_WORKER_NET_CONNECTION_OPENER_H_
#define INVOCATOR_WORKER_NET_CONNECTION_OPENER_H_

#include <curl/curl.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "worker/io/event_loop.h"
#include "worker/net/address_turns.h"
#include "worker/net/curl_multi.h"
#include "worker/net/origin.h"
#include "worker/net/transport_failure.h"

namespace invocator {

class ConnectionOpener {
 public:
  // One connection being opened. Valid until it is given to OnOpened or
  // cancelled.
  struct Attempt {
    CURL* easy = nullptr;
    void* owner = nullptr;
    const Origin* origin = nullptr;
    struct Handover* handover = nullptr;
    curl_slist* addresses = nullptr;
    // Immediate result, without libcurl.
    int fd = -1;
    TransportFailure failure;
    char words[CURL_ERROR_SIZE] = {};  // libcurl's error message
    int socket_error = 0;              // set by KeepSocketError
  };
  // `fd` is a connected socket, now owned by the receiver; or it is -1, and
  // `failure` has the reason.
  using OnOpened = absl::FunctionRef<void(void* owner, int fd,
                                          const TransportFailure& failure)>;

  static absl::StatusOr<std::unique_ptr<ConnectionOpener>> Create(
      EventLoop& loop, AddressTurns turns, std::string unix_socket = "");
  ~ConnectionOpener();
  ConnectionOpener(const ConnectionOpener&) = delete;
  ConnectionOpener& operator=(const ConnectionOpener&) = delete;

  // Begins to connect; the first packet leaves here. `owner` is handed back
  // with the result. A name without a known address is a failure. `origin` must
  // outlive the attempt.
  Attempt* Begin(const Origin& origin, void* owner, int64_t now_ns);
  // Current step of the attempt, for a call that timed out.
  TransportFailure WhyLate(const Attempt& attempt) const;
  // Gives up the attempt; OnOpened is not called for it.
  void Cancel(Attempt* attempt);

  // Handles an event of a socket that belongs to no other user of the loop.
  void OnReady(int fd, uint32_t events, int64_t now_ns);
  // Instant at which libcurl must be called even without an event.
  int64_t due_ns() const { return multi_->due_ns(); }
  // True if an attempt may have ended already; Turn delivers it.
  bool has_work() const { return has_work_; }
  // Acts on due timers and hands over finished attempts.
  void Turn(int64_t now_ns, OnOpened on_opened);

 private:
  ConnectionOpener(std::unique_ptr<CurlMulti> multi, AddressTurns turns,
                   std::string unix_socket);

  static int OnClose(void* handover, curl_socket_t socket);

  Attempt* NewAttempt();
  Handover* NewHandover();
  void Release(Attempt* attempt);

  void BeginWithCurl(Attempt& attempt, const Origin& origin, int64_t now_ns);
  // Makes libcurl try the addresses of `name` in the order of their turns;
  // false if none is known.
  bool SetAddresses(Attempt& attempt, const Origin& origin,
                    const std::string& name);

  AddressTurns turns_;
  const std::string unix_socket_;
  bool has_work_ = false;
  std::vector<Attempt*> settled_;  // with a result for the next turn
  std::vector<std::unique_ptr<Attempt>> attempts_;
  std::vector<Attempt*> idle_;
  std::deque<Handover> handovers_;
  std::vector<Handover*> idle_handovers_;
  // Destroyed before the handovers, to which its connections point.
  const std::unique_ptr<CurlMulti> multi_;
};

// The socket of a connection that libcurl must not close. libcurl keeps a
// pointer to this with the connection, so it may outlive the attempt.
struct Handover {
  ConnectionOpener* opener = nullptr;
  int fd = -1;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_NET_CONNECTION_OPENER_H_
