// One client's connection: reads requests, one at a time, and answers them in
// order; pipelined requests wait. Enforces the limits of API Gateway's quotas
// page and never trusts its input.
//
// Belongs to the server's one thread. Lives until it is closed and its last
// operation has ended. For server.cc only: it brings all of Asio.
#ifndef INVOCATOR_GATEWAY_SESSION_H_
#define INVOCATOR_GATEWAY_SESSION_H_

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>

#include "absl/time/time.h"
#include "common/base/clock.h"
#include "gateway/responses.h"
#include "gateway/router.h"

namespace invocator {

inline constexpr size_t kMaxTargetBytes = 8'192;
inline constexpr size_t kMaxHeaderBytes = 10'240;

// State shared by a server's sessions, which it must outlive.
struct SessionContext {
  GatewayRouter& router;
  ResponseWriter& writer;
  const SteadyClock& steady_clock;
  const WallClock& wall_clock;
  absl::Duration idle_timeout;
  std::function<size_t()> connections_open;
};

class GatewaySession {
 public:
  virtual ~GatewaySession() = default;

  virtual void Start() = 0;
  // Ends all operations; may be called again.
  virtual void Close() = 0;
  virtual bool closed() const = 0;

  // Instant at which the server closes it unless something happens before.
  int64_t deadline_ns() const { return deadline_ns_; }

 protected:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  int64_t deadline_ns_ = kNever;
};

// Calls `on_closed` once, with the session, when it has been closed. `tls`
// absent: plain HTTP.
std::shared_ptr<GatewaySession> MakeGatewaySession(
    boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* tls,
    SessionContext& context, std::function<void(GatewaySession*)> on_closed);

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_SESSION_H_
