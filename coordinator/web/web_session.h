// One client's connection to the live page's server: reads the head of one
// request, answers it, and closes. An answer to /events goes on until the run
// ends. Every wait has a deadline, every buffer a limit.
//
// Belongs to the server's thread. Lives until it is closed and its last
// operation has ended. For web_server.cc only: it includes all of Asio.
#ifndef INVOCATOR_COORDINATOR_WEB_WEB_SESSION_H_
#define INVOCATOR_COORDINATOR_WEB_WEB_SESSION_H_

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "coordinator/web/access.h"
#include "coordinator/web/live_feed.h"
#include "coordinator/web/metrics_board.h"

namespace invocator {

inline constexpr size_t kMaxWebHeadBytes = 8'192;

struct WebDeadlines {
  absl::Duration head = absl::Seconds(5);      // to send a whole head
  absl::Duration write = absl::Seconds(10);    // to take a piece of an answer
  absl::Duration comment = absl::Seconds(15);  // between keep-alives
  absl::Duration metrics = absl::Seconds(1);  // for a fresh text; else the last
  absl::Duration linger = absl::Seconds(1);   // to close after an answer
};

// State shared by a server's sessions, which it must outlive.
struct WebContext {
  AccessRules rules;
  std::string page;
  std::string policy;  // its Content-Security-Policy
  LiveFeed& feed;
  MetricsBoard& metrics;
  WebDeadlines deadlines = {};
};

class WebSession {
 public:
  virtual ~WebSession() = default;

  virtual void Start() = 0;
  // Ends all operations; may be called again.
  virtual void Close() = 0;
  // Something was published.
  virtual void OnPublished() = 0;
  // True until the client has sent a whole head.
  virtual bool is_asking() const = 0;
  // True if the client watches and has not yet received the end of the run.
  virtual bool is_watching() const = 0;
};

// Calls `on_change` with the session when it has been closed, and when it
// stops watching. `tls` absent: plain HTTP.
std::shared_ptr<WebSession> MakeWebSession(
    boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* tls,
    WebContext& context,
    std::function<void(WebSession*, bool closed)> on_change);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WEB_WEB_SESSION_H_
