// The live page and /metrics of a process that plays runs: checks the options,
// serves, tells the watchers of the end, and lingers.
#ifndef INVOCATOR_COORDINATOR_RUN_LIVE_WEB_H_
#define INVOCATOR_COORDINATOR_RUN_LIVE_WEB_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "coordinator/run/live_view.h"
#include "coordinator/run/run_options.h"
#include "coordinator/web/live_feed.h"
#include "coordinator/web/metrics_board.h"
#include "coordinator/web/web_server.h"

namespace invocator {

// Options of the server; an error if its address needs more protection.
// REQUIRES: options.live.is_wanted()
absl::StatusOr<WebOptions> CheckLive(const RunOptions& options);

class LiveWeb {
 public:
  // Serves when it returns, and prints the URL.
  static absl::StatusOr<std::unique_ptr<LiveWeb>> Start(WebOptions options);

  LiveView& view() { return view_; }
  // No run will follow. Returns when the watchers have been told, or after a
  // second, and after `linger` or another interrupt; serves /metrics until
  // then.
  void End(absl::Duration linger, const std::function<int()>& interrupts);

 private:
  LiveWeb();

  LiveFeed feed_;
  MetricsBoard metrics_;
  LiveView view_{feed_, metrics_};
  std::unique_ptr<WebServer> server_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_RUN_LIVE_WEB_H_
