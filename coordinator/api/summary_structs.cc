#include "coordinator/api/summary_structs.h"

#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace invocator {
// Not in an unnamed namespace: the templates find the overloads for structs by
// argument-dependent lookup.
inline namespace v1 {

// Read leaves a value unchanged if the JSON is null, Key also if it is absent.
template <typename T>
static std::enable_if_t<std::is_arithmetic_v<T> ||
                        std::is_same_v<T, std::string>>
Read(const Json& json, T& value) {
  if (!json.is_null()) value = json.get<T>();
}

template <typename T>
static void Read(const Json& json, std::optional<T>& value);
template <typename T>
static void Read(const Json& json, std::vector<T>& values);
template <typename T>
static void Read(const Json& json, std::map<std::string, T>& values);

// Reads keys and their places, in turn.
static void Keys(const Json&) {}
template <typename T, typename... Rest>
static void Keys(const Json& json, const char* key, T& value, Rest&&... rest) {
  if (const auto at = json.find(key); at != json.end()) Read(*at, value);
  Keys(json, std::forward<Rest>(rest)...);
}

static void Read(const Json& json, IntervalSummary& value) {
  Keys(json, "low", value.low, "high", value.high, "estimate", value.estimate,
       "effective_n", value.effective_n, "unknown", value.unknown,
       "needed_calls", value.needed_calls);
}

static void Read(const Json& json, Latencies::Intervals& value) {
  Keys(json, "mean", value.mean, "p50", value.p50, "p90", value.p90, "p99",
       value.p99, "p99_9", value.p99_9, "p99_99", value.p99_99);
}

static void Read(const Json& json, Latencies& value) {
  Keys(json, "count", value.count, "mean", value.mean, "min", value.min, "p50",
       value.p50, "p90", value.p90, "p99", value.p99, "p99_9", value.p99_9,
       "p99_99", value.p99_99, "max", value.max, "clamped", value.clamped,
       "intervals", value.intervals);
}

static void Read(const Json& json, PhaseCounts& value) {
  Keys(json, "planned", value.planned, "sent", value.sent, "dropped",
       value.dropped, "unsent", value.unsent, "outcomes", value.outcomes,
       "cold", value.cold);
}

static void Read(const Json& json, FirstFailure& value) {
  Keys(json, "instance", value.instance, "sequence", value.sequence, "worker",
       value.worker, "scheduled_s", value.scheduled_s, "status", value.status,
       "detail", value.detail, "error_type", value.error_type, "body",
       value.body, "body_cut", value.body_cut, "date_ahead_s",
       value.date_ahead_s, "canonical_request", value.canonical_request);
}

static void Read(const Json& json, FailureSummary& value) {
  Keys(json, "outcome", value.outcome, "reason", value.reason, "count",
       value.count, "hint", value.hint, "first", value.first);
}

static void Read(const Json& json, InstanceSummary::Rates& value) {
  Keys(json, "planned", value.planned, "sent", value.sent, "completed",
       value.completed, "ok", value.ok);
}

static void Read(const Json& json, ColdStartCounts& value) {
  Keys(json, "cold", value.cold, "warm", value.warm, "unknown", value.unknown);
}

static void Read(const Json& json, WarmthLatencies& value) {
  Keys(json, "service_us", value.service_us, "response_us", value.response_us,
       "init_us", value.init_us);
}

static void Read(const Json& json, BilledSums& value) {
  Keys(json, "count", value.count, "ms", value.ms, "mb_ms", value.mb_ms, "gb_s",
       value.gb_s, "memory_used_mb", value.memory_used_mb);
}

static void Read(const Json& json, InstanceSummary::Digest& value) {
  Keys(json, "planned", value.planned, "sent", value.sent);
}

static void ReadCalls(const Json& json, InstanceSummary& value) {
  Keys(json, "planned", value.planned, "sent", value.sent, "dropped",
       value.dropped, "unsent", value.unsent, "outcomes", value.outcomes,
       "measured", value.measured, "warmup", value.warmup, "rate_per_s",
       value.rate_per_s, "lateness_us", value.lateness_us, "service_us",
       value.service_us, "response_us", value.response_us, "first_byte_us",
       value.first_byte_us, "own_lateness_us", value.own_lateness_us,
       "blocked_us", value.blocked_us, "reasons", value.reasons, "cold_starts",
       value.cold_starts, "cold", value.cold_calls, "warm", value.warm_calls,
       "billed", value.billed, "schedule_digest", value.schedule_digest,
       "max_in_flight", value.max_in_flight, "failures", value.failures);
}

static void Read(const Json& json, InstanceSummary& value) {
  ReadCalls(json, value);
}

static void Read(const Json& json, WorkerSummary::Connections& value) {
  Keys(json, "opened", value.opened, "reused", value.reused, "failed",
       value.failed, "closed_by_peer", value.closed_by_peer);
}

static void Read(const Json& json, WorkerSummary::Engine& value) {
  Keys(json, "busy_ratio", value.busy_ratio, "at_limit_s", value.at_limit_s,
       "max_in_flight", value.max_in_flight, "connections", value.connections,
       "spun_s", value.spun_s, "gaps", value.gaps, "gaps_s", value.gaps_s,
       "longest_gap_us", value.longest_gap_us, "preempted_s",
       value.preempted_s);
}

static void Read(const Json& json, WorkerSummary& value) {
  Read(json, static_cast<PhaseCounts&>(value));
  Keys(json, "name", value.name, "threads", value.threads, "lost", value.lost,
       "clock_offset_us", value.clock_offset_us, "clock_uncertainty_us",
       value.clock_uncertainty_us, "clock_drift_ppm", value.clock_drift_ppm,
       "clock_drift_uncertainty_ppm", value.clock_drift_uncertainty_ppm,
       "start_error_us", value.start_error_us, "cpu_s", value.cpu_s,
       "max_rss_bytes", value.max_rss_bytes, "steal_s", value.steal_s, "io",
       value.io, "lateness_us", value.lateness_us, "connections",
       value.connections, "engines", value.engines, "left_at_s",
       value.left_at_s, "stopped_at_s", value.stopped_at_s);
}

static void Read(const Json& json, MemorySummary& value) {
  Keys(json, "application", value.application, "region", value.region,
       "memory_mb", value.memory_mb, "before_mb", value.before_mb, "state",
       value.state, "restore", value.restore, "throughout", value.throughout,
       "found_mb", value.found_mb, "warning", value.warning);
}

static void Read(const Json& json, CostSummary::Durations& value) {
  Keys(json, "billed", value.billed, "estimated", value.estimated, "unknown",
       value.unknown);
}

static void Read(const Json& json, CostSummary::Item& value) {
  Keys(json, "instance", value.instance, "what", value.what, "requests",
       value.requests, "price_per_million", value.price_per_million, "gb_s",
       value.gb_s, "mb_ms", value.mb_ms, "price_per_gb_s", value.price_per_gb_s,
       "amount", value.amount);
}

static void Read(const Json& json, CostSummary::Prices& value) {
  Keys(json, "date", value.date, "source", value.source);
}

static void Read(const Json& json, CostSummary& value) {
  Keys(json, "currency", value.currency, "total", value.total,
       "per_million_requests", value.per_million_requests, "basis", value.basis,
       "requests", value.requests, "not_charged", value.not_charged,
       "durations", value.durations, "items", value.items, "measured_total",
       value.measured_total, "measured_items", value.measured_items,
       "assumptions", value.assumptions, "prices", value.prices);
}

static void Read(const Json& json, ThresholdSummary& value) {
  Keys(json, "check", value.check, "instance", value.instance, "state",
       value.state, "value", value.value, "limit", value.limit, "calls",
       value.calls, "calls_needed", value.calls_needed, "count", value.count,
       "of", value.of, "interval", value.interval, "optional", value.optional,
       "abort", value.abort, "at_s", value.at_s, "window_s", value.window_s);
}

static void Read(const Json& json, GoalSummary::Look& value) {
  Keys(json, "at_s", value.at_s, "estimate_us", value.estimate_us, "low_us",
       value.low_us, "high_us", value.high_us, "within", value.within);
}

static void Read(const Json& json, GoalSummary& value) {
  Keys(json, "goal", value.goal, "known", value.known, "estimate_us",
       value.estimate_us, "low_us", value.low_us, "high_us", value.high_us,
       "looks", value.looks);
}

static void Read(const Json& json, SteadinessSummary::Change& value) {
  Keys(json, "estimate", value.estimate, "low", value.low, "high", value.high);
}

static void Read(const Json& json, SteadinessSummary& value) {
  Keys(json, "state", value.state, "bins", value.bins, "first_third_us",
       value.first_third_us, "last_third_us", value.last_third_us, "change",
       value.change, "warmup_in_seconds", value.warmup_in_seconds);
}

static void Read(const Json& json, Summary::Verdict& value) {
  Keys(json, "state", value.state, "reasons", value.reasons);
}

static void Read(const Json& json, Progress::Percentiles& value) {
  Keys(json, "p50", value.p50, "p90", value.p90, "p99", value.p99, "p99_9",
       value.p99_9, "max", value.max);
}

template <typename T>
static void Read(const Json& json, std::optional<T>& value) {
  if (!json.is_null()) Read(json, value.emplace());
}

static void Read(const Json& json, VersionsSummary::Change& value) {
  Keys(json, "instance", value.instance, "subject", value.subject, "before",
       value.before, "after", value.after, "difference", value.difference,
       "relative", value.relative);
}

static void Read(const Json& json, VersionCheckSummary& value) {
  Keys(json, "check", value.check, "instance", value.instance, "holds",
       value.holds, "change", value.change);
}

static void Read(const Json& json, VersionsSummary& value) {
  Keys(json, "pairing", value.pairing, "instances", value.instances, "changes",
       value.changes);
}

template <typename T>
static void Read(const Json& json, std::vector<T>& values) {
  for (const Json& element : json) Read(element, values.emplace_back());
}

template <typename T>
static void Read(const Json& json, std::map<std::string, T>& values) {
  for (const auto& [key, element] : json.items()) Read(element, values[key]);
}

}  // namespace v1

Summary ReadSummary(const Json& summary) {
  Summary value;
  ReadCalls(summary, value);
  Keys(summary, "schema_version", value.schema_version, "run_id", value.run_id,
       "test_name", value.test_name, "started_at", value.started_at, "command",
       value.command, "duration_s", value.duration_s, "seed", value.seed,
       "interrupted", value.interrupted, "warmup_s", value.warmup_s,
       "steadiness", value.steadiness, "instances", value.instances, "versions",
       value.versions, "fail_if", value.fail_if, "workers", value.workers,
       "departures", value.departures, "losses", value.losses, "stopped",
       value.stopped, "memory", value.memory, "cost", value.cost, "thresholds",
       value.thresholds, "aborted_by", value.aborted_by, "until", value.until,
       "stopped_at_s", value.stopped_at_s, "verdict", value.verdict,
       "book_errors", value.book_errors);
  return value;
}

Progress ReadProgress(const Json& object) {
  Progress value;
  Keys(object, "folder", value.folder, "memory_mb", value.memory_mb,
       "duration_s", value.duration_s, "elapsed_s", value.elapsed_s, "planned",
       value.planned, "sent", value.sent, "completed", value.completed,
       "dropped", value.dropped, "in_flight", value.in_flight, "outcomes",
       value.outcomes, "response_us", value.response_us, "lateness_us",
       value.lateness_us, "missed", value.missed);
  return value;
}

}  // namespace invocator
