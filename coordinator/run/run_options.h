// Options of a run. Plain values.
#ifndef INVOCATOR_COORDINATOR_RUN_RUN_OPTIONS_H_
#define INVOCATOR_COORDINATOR_RUN_RUN_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/base/io_mode.h"
#include "common/channel/security.h"
#include "common/http/target_options.h"
#include "coordinator/books/verdict.h"
#include "coordinator/conductor/loss_policy.h"
#include "coordinator/memory/memory_size.h"

namespace invocator {

// The live page and /metrics.
struct LiveOptions {
  std::string dashboard;  // address to serve both on; empty: no page
  std::string metrics;    // the same, without the page; empty: none
  // Beyond the loopback.
  std::string tls_cert;
  std::string tls_key;
  std::string metrics_token_file;
  absl::Duration metrics_linger = absl::ZeroDuration();  // after the end

  bool is_wanted() const { return !dashboard.empty() || !metrics.empty(); }
};

struct RunOptions {
  std::string workload;  // path of the file
  // The JSON itself, in place of a file. `workload` is then the folder that
  // file names in it are relative to.
  std::optional<std::string> workload_text;
  std::string endpoint_url;  // empty: every instance's own host
  // Endpoint of control calls; empty: from FindControlEndpoint.
  std::string control_endpoint_url;
  std::string out;         // empty: runs/<test_name>-<UTC time>
  std::string out_suffix;  // appended to the folder's name
  TargetOptions target;
  std::string prices;       // price file; empty: built-in prices
  std::string profile;      // of AWS's shared files; empty: their default
  MemorySizeOption memory;  // several sizes: one run after the other
  bool restore_memory = true;
  bool yes = false;  // change memory sizes without asking
  bool stop_on_auth_error = true;
  bool write_records = true;
  bool write_report = true;  // report.html
  bool progress_as_json = false;
  bool stop_at_eof = false;  // on standard input
  bool http2 = false;
  std::optional<uint32_t> seed;  // if the workload has none
  double record_ratio = 1;
  uint32_t threads = 0;  // engines of the in-process worker; 0: one per core
  bool pin = false;      // to cores
  bool drop_on_overload = false;
  bool require_kept = false;
  std::vector<std::string> thresholds;  // in addition to the workload's
  std::vector<std::string> until;       // goals of precision: ends early
  std::vector<std::string> fail_if;     // limits on versions' changes
  std::string junit;                    // file to write; empty: none
  std::string markdown;                 // file to append to; empty: none
  uint32_t max_in_flight = 0;           // 0: up to the limit of open files
  uint32_t warm_connections = 0;
  IoMode io = IoMode::kAuto;
  uint32_t connections = 0;             // of HTTP/2; 0: one for each engine
  std::optional<absl::Duration> drain;  // default: the largest timeout
  absl::Duration spin = absl::Microseconds(200);  // at most
  VerdictLimits verdict_limits;
  LiveOptions live;
  // A fleet of remote workers instead of the in-process one.
  std::string listen;
  SecurityOptions security;
  absl::Duration gather_timeout = absl::Minutes(5);
  uint32_t workers = 0;
  OnWorkerLoss on_worker_loss = OnWorkerLoss::kFinish;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_RUN_RUN_OPTIONS_H_
