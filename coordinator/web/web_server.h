// Serves the live page, its events and /metrics over HTTP/1.1, on one
// background thread. Read-only.
//
// Only `LiveFeed` and `MetricsBoard` connect it to the run. Thread-compatible.
#ifndef INVOCATOR_COORDINATOR_WEB_WEB_SERVER_H_
#define INVOCATOR_COORDINATOR_WEB_WEB_SERVER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/http/address.h"
#include "coordinator/web/live_feed.h"
#include "coordinator/web/metrics_board.h"

namespace invocator {

struct WebOptions {
  Address listen;  // port 0: any free one
  // PEM files; empty: plain HTTP.
  std::string tls_cert_file;
  std::string tls_key_file;
  bool has_page = true;  // else /metrics only
  std::string page;
  std::string policy;  // its Content-Security-Policy
  bool has_metrics = true;
  std::string bearer;  // of /metrics; empty: not required
};

// Descriptors that the server may have open.
inline constexpr size_t kWebFiles = 40;

// "127.0.0.1:0" and the like: as ParseAddress, and the port may be 0.
absl::StatusOr<Address> ParseWebAddress(absl::string_view text);

class WebServer {
 public:
  // Listens when it returns. Borrows feed and board, and calls their SetWake.
  // The error names what failed: the address, the certificate or the key.
  static absl::StatusOr<std::unique_ptr<WebServer>> Create(WebOptions options,
                                                           LiveFeed& feed,
                                                           MetricsBoard& board);
  // Closes every connection.
  ~WebServer();

  uint16_t port() const;
  // URL of the page, with its token, or of /metrics if there is no page.
  std::string url() const;

  // Returns when all watchers have received the end of the run, which has been
  // published, or after `patience`.
  void AwaitWatchers(absl::Duration patience);

 private:
  struct State;  // keeps Asio out of this header
  explicit WebServer(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WEB_WEB_SERVER_H_
