#include "coordinator/api/invoke_options.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/http/address.h"
#include "common/http/service_url.h"
#include "coordinator/memory/memory_size.h"
#include "coordinator/web/web_server.h"

namespace invocator {
namespace {

// Keeps the first fault of the options, worded as by the command.
class Checks {
 public:
  void Fail(absl::string_view fault) {
    if (status_.ok()) status_ = absl::InvalidArgumentError(fault);
  }
  void Expect(bool is_so, absl::string_view option, absl::string_view fault) {
    if (!is_so) Fail(absl::StrCat(option, ": ", fault));
  }
  void Range(absl::string_view option, uint32_t value, uint32_t most) {
    Expect(value <= most, option,
           absl::StrCat("Value ", value, " not in range 1 to ", most));
  }
  // `status`: from the text's parser.
  void Text(absl::string_view option, const std::string& text,
            const absl::Status& status) {
    Expect(text.empty() || status.ok(), option, status.message());
  }
  // `option` has no effect without `other`.
  void Requires(absl::string_view option, bool is_given,
                absl::string_view other, bool is_there) {
    if (is_given && !is_there) Fail(absl::StrCat(option, " requires ", other));
  }
  void Excludes(absl::string_view option, bool is_given,
                absl::string_view other, bool is_there) {
    if (is_given && is_there) Fail(absl::StrCat(option, " excludes ", other));
  }
  absl::Duration Take(absl::string_view option, Duration duration) {
    const absl::Duration taken = absl::FromChrono(duration);
    Expect(taken >= absl::ZeroDuration() && taken <= absl::Hours(24 * 366),
           option,
           absl::StrCat("'", absl::FormatDuration(taken),
                        "' is not a duration such as 20ms, 1.5s or 2m"));
    return taken;
  }
  const absl::Status& status() const { return status_; }

 private:
  absl::Status status_;
};

void SetMemory(const InvokeOptions& from, Checks& checks, RunOptions& to) {
  if (from.memory_size_mb) {
    auto parsed = ParseMemorySize(absl::StrCat(*from.memory_size_mb));
    checks.Expect(parsed.ok(), "--memory-size", parsed.status().message());
    checks.Expect(!from.keep_memory_size, "--memory-size",
                  "cannot be both a size and keep");
    if (parsed.ok()) to.memory = *std::move(parsed);
  } else if (from.keep_memory_size) {
    to.memory = {{}, /*is_given=*/true};
  }
  to.restore_memory = from.restore_memory;
}

void SetCalls(const InvokeOptions& from, Checks& checks, RunOptions& to) {
  const auto url = [&](absl::string_view option, const std::string& text) {
    checks.Text(option, text, ParseServiceUrl(text).status());
    return text;
  };
  to.endpoint_url = url("--endpoint-url", from.endpoint_url);
  to.control_endpoint_url =
      url("--control-endpoint-url", from.control_endpoint_url);
  to.profile = from.profile;
  to.http2 = from.http2;
  to.target = {from.ca_file, from.client_cert, from.client_key,
               from.unix_socket};
  checks.Requires("--client-key", !from.client_key.empty(), "--client-cert",
                  !from.client_cert.empty());
  to.stop_on_auth_error = from.stop_on_auth_error;
}

void SetLoad(const InvokeOptions& from, Checks& checks, RunOptions& to) {
  checks.Range("--threads", from.threads, 1024);
  checks.Range("--warm-connections", from.warm_connections, 1'000'000);
  checks.Range("--connections", from.connections, 1'000'000);
  checks.Requires("--connections", from.connections > 0, "--http2", from.http2);
  checks.Range("--max-in-flight", from.max_in_flight, 1'000'000);
  to.threads = from.threads;
  to.pin = from.pin;
  to.spin = checks.Take("--spin", from.spin);
  to.warm_connections = from.warm_connections;
  to.io = static_cast<IoMode>(from.io);
  to.connections = from.connections;
  to.max_in_flight = from.max_in_flight;
  to.drop_on_overload = from.overload == Overload::kDrop;
  if (from.drain) to.drain = checks.Take("--drain", *from.drain);
}

void SetResults(const InvokeOptions& from, Checks& checks, RunOptions& to) {
  to.out = from.out;
  to.write_records = from.records == Records::kAll;
  checks.Expect(from.record_ratio > 0 && from.record_ratio <= 1, "--records",
                absl::StrCat("'sample:", from.record_ratio,
                             "' is not all, none or sample:P with 0 < P <= 1"));
  to.record_ratio = from.record_ratio;
  to.write_report = from.write_report_html;
  VerdictLimits& limits = to.verdict_limits;
  limits.kept = checks.Take("--kept-within", from.kept_within);
  limits.marginal =
      from.marginal_within
          ? checks.Take("--marginal-within", *from.marginal_within)
          : std::max(limits.marginal, limits.kept);
  checks.Expect(limits.kept <= limits.marginal, "--marginal-within",
                "is less than --kept-within");
  to.require_kept = from.require_kept;
  to.thresholds = from.thresholds;
  to.until = from.until;
  to.fail_if = from.fail_if;
  to.junit = from.junit;
  to.markdown = from.markdown;
  to.prices = from.prices;
}

void SetLive(const InvokeOptions& from, Checks& checks, RunOptions& to) {
  const auto address = [&](absl::string_view option, const std::string& text) {
    checks.Text(option, text, ParseWebAddress(text).status());
    return text;
  };
  LiveOptions& live = to.live;
  live.dashboard = address("--dashboard", from.dashboard);
  live.metrics = address("--metrics", from.metrics);
  checks.Excludes("--dashboard", !live.dashboard.empty(), "--metrics",
                  !live.metrics.empty());
  live.metrics_linger = checks.Take("--metrics-linger", from.metrics_linger);
  live.metrics_token_file = from.metrics_token_file;
  live.tls_cert = from.dashboard_tls_cert;
  live.tls_key = from.dashboard_tls_key;
  checks.Requires("--dashboard-tls-cert", !live.tls_cert.empty(),
                  "--dashboard-tls-key", !live.tls_key.empty());
  checks.Requires("--dashboard-tls-key", !live.tls_key.empty(),
                  "--dashboard-tls-cert", !live.tls_cert.empty());
  const auto is_of_server = [&](absl::string_view option, bool is_given) {
    checks.Expect(!is_given || live.is_wanted(), option,
                  "needs --dashboard or --metrics");
  };
  is_of_server("--metrics-linger", live.metrics_linger > absl::ZeroDuration());
  is_of_server("--metrics-token-file", !live.metrics_token_file.empty());
  is_of_server("--dashboard-tls-cert", !live.tls_cert.empty());
}

void SetFleet(const InvokeOptions& from, Checks& checks, RunOptions& to) {
  checks.Range("--workers", from.workers, 100'000);
  checks.Text("--listen", from.listen, ParseAddress(from.listen).status());
  const bool is_fleet = from.workers > 0;
  const bool listens = !from.listen.empty();
  checks.Requires("--workers", is_fleet, "--listen", listens);
  checks.Requires("--listen", listens, "--workers", is_fleet);
  checks.Excludes("--threads", from.threads != 0, "--workers", is_fleet);
  checks.Excludes("--pin", from.pin, "--workers", is_fleet);
  checks.Excludes("--ca-file", !from.ca_file.empty(), "--workers", is_fleet);
  checks.Excludes("--client-cert", !from.client_cert.empty(), "--workers",
                  is_fleet);
  checks.Excludes("--unix-socket", !from.unix_socket.empty(), "--workers",
                  is_fleet);
  checks.Requires("--on-worker-loss",
                  from.on_worker_loss != WorkerLoss::kFinish, "--workers",
                  is_fleet);
  checks.Requires("--tls-cert", !from.tls_cert.empty(), "--listen", listens);
  checks.Requires("--tls-key", !from.tls_key.empty(), "--listen", listens);
  checks.Requires("--tls-ca", !from.tls_ca.empty(), "--listen", listens);
  checks.Requires("--token-file", !from.token_file.empty(), "--listen",
                  listens);
  checks.Requires("--insecure", from.insecure, "--listen", listens);
  to.workers = from.workers;
  to.listen = from.listen;
  to.gather_timeout = checks.Take("--gather-timeout", from.gather_timeout);
  to.on_worker_loss =
      from.on_worker_loss == WorkerLoss::kAbort    ? OnWorkerLoss::kAbort
      : from.on_worker_loss == WorkerLoss::kReplan ? OnWorkerLoss::kReplan
                                                   : OnWorkerLoss::kFinish;
  to.security.tls = {from.tls_cert, from.tls_key, from.tls_ca};
  to.security.token_file = from.token_file;
  to.security.insecure = from.insecure;
}

}  // namespace

absl::StatusOr<RunOptions> RunOptionsOf(const InvokeOptions& options) {
  Checks checks;
  RunOptions run;
  SetMemory(options, checks, run);
  SetCalls(options, checks, run);
  SetLoad(options, checks, run);
  SetResults(options, checks, run);
  SetLive(options, checks, run);
  SetFleet(options, checks, run);
  if (!checks.status().ok()) return checks.status();
  return run;
}

}  // namespace invocator
