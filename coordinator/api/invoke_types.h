// Options, progress and results of the library's runs. Uses only types of the
// standard library.
#ifndef INVOCATOR_INVOKE_TYPES_H_
#define INVOCATOR_INVOKE_TYPES_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace invocator {
inline namespace v1 {

using Duration = std::chrono::nanoseconds;

enum class Records { kAll, kNone };
// Event loop of the engines: io_uring where the kernel allows it, or epoll.
enum class Io { kAuto, kUring, kEpoll };
enum class Overload { kQueue, kDrop };  // at the in-flight limit
enum class WorkerLoss { kFinish, kAbort, kReplan };

struct Progress;
struct Invocation;

// Options of a run: those of the command, described by `invocator run --help`,
// by the same or a similar name. Empty, 0 and nullopt mean the default.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): grouped to be read
struct InvokeOptions {
  // Memory size of the functions during the run; nullopt: the workload's, or
  // 128 MB.
  std::optional<uint32_t> memory_size_mb = std::nullopt;
  bool keep_memory_size = false;  // --memory-size keep: no function is changed
  bool restore_memory = true;
  std::string endpoint_url = {};
  std::string control_endpoint_url = {};
  std::string profile = {};
  bool http2 = false;
  std::string ca_file = {};
  std::string client_cert = {};
  std::string client_key = {};
  std::string unix_socket = {};
  bool stop_on_auth_error = true;

  uint32_t threads = 0;
  bool pin = false;
  Duration spin = std::chrono::microseconds(200);
  uint32_t warm_connections = 0;
  Io io = Io::kAuto;
  uint32_t connections = 0;  // of HTTP/2
  uint32_t max_in_flight = 0;
  Overload overload = Overload::kQueue;
  std::optional<Duration> drain = std::nullopt;

  std::string out = {};
  Records records = Records::kAll;
  double record_ratio = 1;  // --records sample:P
  bool write_report_html = true;
  Duration kept_within = std::chrono::milliseconds(1);
  std::optional<Duration> marginal_within = std::nullopt;
  bool require_kept = false;
  std::vector<std::string> thresholds = {};
  std::vector<std::string> until = {};
  std::vector<std::string> fail_if = {};
  std::string junit = {};
  std::string markdown = {};
  std::string prices = {};

  // Addresses of the live page and of /metrics; "127.0.0.1:0": any free port.
  // on_message receives the URL.
  std::string dashboard = {};
  std::string metrics = {};
  Duration metrics_linger = Duration(0);
  std::string metrics_token_file = {};
  std::string dashboard_tls_cert = {};
  std::string dashboard_tls_key = {};

  // A fleet of workers that invoke in place of this process.
  uint32_t workers = 0;
  std::string listen = {};
  Duration gather_timeout = std::chrono::minutes(5);
  WorkerLoss on_worker_loss = WorkerLoss::kFinish;
  std::string tls_cert = {};
  std::string tls_key = {};
  std::string tls_ca = {};
  std::string token_file = {};
  bool insecure = false;

  // Callbacks. Called on the run's thread, one at a time; the run waits, so
  // keep them short. They may cancel the run but must not wait for its end. If
  // one throws, the run ends with exit code 3. Signals are blocked on that
  // thread.
  //
  // A line that the command would print on stderr, without the line end.
  std::function<void(const std::string& line)> on_message = nullptr;
  // As Run::OnProgress.
  std::function<void(const Progress&)> on_progress = nullptr;
  // Each invocation that gets a row in invocations.csv.
  std::function<void(const Invocation&)> on_invocation = nullptr;
};

// Range that holds the true value with 95 % confidence, in the value's unit.
struct IntervalSummary {
  std::optional<double> low, high;
  std::optional<double> estimate;  // unless it stands beside the interval
  double effective_n = 0;          // independent calls that would tell as much
  std::string unknown;             // why an end is not known; empty if both are
  std::optional<uint64_t> needed_calls;
};

// Microseconds; all 0 if count is 0.
struct Latencies {
  uint64_t count = 0;
  double mean = 0, min = 0, p50 = 0, p90 = 0, p99 = 0, p99_9 = 0, p99_99 = 0,
         max = 0;
  uint64_t clamped = 0;  // values above the histogram's range
  struct Intervals {
    IntervalSummary mean, p50, p90, p99, p99_9, p99_99;
  };
  std::optional<Intervals> intervals;
};

// Progress of a run.
struct Progress {
  std::string folder;
  std::optional<uint32_t> memory_mb;
  double duration_s = 0;
  double elapsed_s = 0;
  uint64_t planned = 0, sent = 0, completed = 0, dropped = 0, in_flight = 0;
  std::map<std::string, uint64_t> outcomes;  // "ok", "timeout", ...
  // Microseconds so far; nullopt without completed calls.
  struct Percentiles {
    std::optional<double> p50, p90, p99, p99_9, max;
  };
  Percentiles response_us, lateness_us;
  std::vector<std::string> missed;  // thresholds, so far
};

// A row of invocations.csv (docs/results.md). Instants are nanoseconds since
// the run's start.
struct Invocation {
  std::string instance, worker;
  uint64_t sequence = 0;
  int64_t scheduled_ns = 0, sent_ns = 0, done_ns = 0;
  std::optional<int64_t> first_byte_ns;
  std::string outcome, reason;
  uint32_t status = 0;  // HTTP status; 0: no response
  uint64_t bytes_sent = 0, bytes_received = 0;
  bool new_connection = false;
  std::string request_id;
  std::optional<bool> cold;
  std::optional<int64_t> billed_ms, init_us;
  std::optional<uint32_t> memory_mb, memory_used_mb;
};

// ---- summary.json as structs; coordinator/report/summary.schema.json
// describes each value. nullopt: the key is absent or null.

struct PhaseCounts {
  uint64_t planned = 0, sent = 0, dropped = 0, unsent = 0;
  std::map<std::string, uint64_t> outcomes;
  std::optional<uint64_t> cold;  // of a warm-up
};

struct FirstFailure {
  std::string instance, worker, detail, error_type, body, canonical_request;
  uint64_t sequence = 0;
  double scheduled_s = 0;
  int status = 0;
  bool body_cut = false;
  std::optional<int64_t> date_ahead_s;
};

struct FailureSummary {
  std::string outcome, reason, hint;
  uint64_t count = 0;
  std::optional<FirstFailure> first;
};

struct ColdStartCounts {
  uint64_t cold = 0, warm = 0, unknown = 0;
};

struct WarmthLatencies {
  Latencies service_us, response_us;
  std::optional<Latencies> init_us;
};

struct BilledSums {
  uint64_t count = 0, ms = 0, mb_ms = 0, memory_used_mb = 0;
  double gb_s = 0;
};

// The whole run or one of its instances.
struct InstanceSummary : PhaseCounts {
  std::optional<PhaseCounts> measured, warmup;
  struct Rates {
    double planned = 0, sent = 0, completed = 0, ok = 0;
  };
  Rates rate_per_s;
  Latencies lateness_us, service_us, response_us, first_byte_us;
  std::optional<Latencies> own_lateness_us, blocked_us;
  // By outcome and reason.
  std::map<std::string, std::map<std::string, uint64_t>> reasons;
  std::optional<ColdStartCounts> cold_starts;
  // Keys "cold" and "warm".
  std::optional<WarmthLatencies> cold_calls, warm_calls;
  std::optional<BilledSums> billed;
  struct Digest {
    std::string planned, sent;
  };
  Digest schedule_digest;
  std::optional<uint64_t> max_in_flight;
  std::vector<FailureSummary> failures;
};

struct WorkerSummary : PhaseCounts {
  std::optional<std::string> name;
  uint64_t threads = 0;
  bool lost = false;
  double clock_offset_us = 0, clock_uncertainty_us = 0;
  std::optional<double> clock_drift_ppm, clock_drift_uncertainty_ppm;
  double start_error_us = 0, cpu_s = 0;
  uint64_t max_rss_bytes = 0;
  std::optional<double> steal_s;
  std::optional<std::string> io;  // "uring" or "epoll"
  Latencies lateness_us;
  struct Connections {
    uint64_t opened = 0, reused = 0, failed = 0, closed_by_peer = 0;
  };
  Connections connections;
  struct Engine {
    double busy_ratio = 0, at_limit_s = 0;
    uint64_t max_in_flight = 0, connections = 0;
    double spun_s = 0;
    uint64_t gaps = 0;  // in the spinning, in which it did not run
    double gaps_s = 0, longest_gap_us = 0, preempted_s = 0;
  };
  std::vector<Engine> engines;
  std::optional<double> left_at_s, stopped_at_s;
};

struct MemorySummary {
  std::string application, region, state, restore, warning;
  uint32_t memory_mb = 0;
  std::optional<uint32_t> before_mb, found_mb;
  std::optional<bool> throughout;
};

struct CostSummary {
  std::string currency, basis;
  double total = 0, per_million_requests = 0;
  std::optional<double> measured_total;
  uint64_t requests = 0, not_charged = 0;
  struct Durations {
    uint64_t billed = 0, estimated = 0, unknown = 0;
  };
  Durations durations;
  struct Item {
    std::string instance, what;
    std::optional<uint64_t> requests, mb_ms;
    std::optional<double> price_per_million, gb_s, price_per_gb_s;
    double amount = 0;
  };
  std::vector<Item> items, measured_items;
  std::vector<std::string> assumptions;
  struct Prices {
    std::string date, source;
  };
  Prices prices;
};

struct ThresholdSummary {
  std::string check, state;
  std::optional<std::string> instance;
  std::optional<double> value, at_s, window_s;
  double limit = 0;
  std::optional<uint64_t> calls, calls_needed, count, of;
  std::optional<IntervalSummary> interval;
  bool optional = false, abort = false;
};

struct GoalSummary {
  std::string goal;
  bool known = false;
  std::optional<double> estimate_us, low_us, high_us;
  struct Look {
    double at_s = 0;
    std::optional<double> estimate_us, low_us, high_us;
    bool within = false;
  };
  std::vector<Look> looks;
};

// The versions of one instance of the workload.
struct VersionsSummary {
  std::string pairing;                 // "both" or "split"
  std::vector<std::string> instances;  // the names of those in Summary
  // From the first version. Latencies are in microseconds, shares in percent.
  struct Change {
    std::string instance, subject;
    double before = 0, after = 0;
    IntervalSummary difference;
    std::optional<IntervalSummary> relative;
  };
  std::vector<Change> changes;
};

// Whether the run was steady, by the median responses of its bins.
struct SteadinessSummary {
  std::string state;  // "steady", "not steady" or "too short"
  uint64_t bins = 0;
  std::optional<double> first_third_us, last_third_us;
  struct Change {
    double estimate = 0, low = 0, high = 0;  // shares of the first third's
  };
  std::optional<Change> change;
  std::optional<double> warmup_in_seconds;
};

// A limit on the change of a version (fail_if).
struct VersionCheckSummary {
  std::string check, instance;
  bool holds = false;
  std::optional<VersionsSummary::Change> change;
};

struct Summary : InstanceSummary {
  int schema_version = 0;
  std::string run_id, test_name, started_at, command, stopped;
  double duration_s = 0;
  std::optional<double> warmup_s;
  uint32_t seed = 0;
  bool interrupted = false;
  std::map<std::string, InstanceSummary> instances;
  std::map<std::string, VersionsSummary> versions;
  std::vector<VersionCheckSummary> fail_if;
  std::optional<SteadinessSummary> steadiness;
  std::vector<WorkerSummary> workers;
  std::vector<std::string> departures, losses, book_errors;
  std::vector<MemorySummary> memory;
  std::optional<CostSummary> cost;
  std::vector<ThresholdSummary> thresholds;
  std::optional<ThresholdSummary> aborted_by;
  std::vector<GoalSummary> until;
  std::optional<double> stopped_at_s;
  struct Verdict {
    std::string state;  // "kept", "marginal", "missed"
    std::vector<std::string> reasons;
  };
  Verdict verdict;
};

// Outcome of a run.
struct Report {
  // That of the command: 0 finished, 2 bad options or workload (nothing was
  // sent), 3 not carried out, 4 schedule not kept, 5 a threshold missed, 130
  // cancelled.
  int exit_code = 0;
  // Why exit_code is 2 or 3, one reason a line. May be set for 130, too.
  std::string error;
  std::vector<std::string> messages;  // all lines, as in on_message
  // The results. If the run was not started: nullopt and empty texts.
  std::optional<Summary> summary;
  std::string summary_json;
  std::string folder;
  std::string text;  // what the command prints on stdout
};

}  // namespace v1
}  // namespace invocator

#endif  // INVOCATOR_INVOKE_TYPES_H_
