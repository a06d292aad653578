#include "coordinator/report/summary.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/result/outcome.h"
#include "common/words/foreign_text.h"
#include "coordinator/cost/cost_report.h"
#include "coordinator/report/failure_text.h"
#include "coordinator/report/shown_interval.h"
#include "coordinator/workload/workload_keys.h"

namespace invocator {
namespace {

double ToUs(int64_t ns) { return static_cast<double>(ns) / 1e3; }

std::string Hex(uint64_t digest) {
  return absl::StrCat(absl::Hex(digest, absl::kZeroPad16));
}

Json Latencies(const Histogram& histogram) {
  return {{"count", histogram.count()},
          {"mean", histogram.MeanNs() / 1e3},
          {"min", ToUs(histogram.min_ns())},
          {"p50", ToUs(histogram.QuantileNs(0.5))},
          {"p90", ToUs(histogram.QuantileNs(0.9))},
          {"p99", ToUs(histogram.QuantileNs(0.99))},
          {"p99_9", ToUs(histogram.QuantileNs(0.999))},
          {"p99_99", ToUs(histogram.QuantileNs(0.9999))},
          {"max", ToUs(histogram.max_ns())},
          {"clamped", histogram.clamped()}};
}

Json Outcomes(const Totals& totals) {
  Json outcomes = Json::object();
  for (size_t i = 0; i < kOutcomes; ++i) {
    if (totals.outcomes[i] > 0) {
      outcomes[std::string(OutcomeName(static_cast<Outcome>(i)))] =
          totals.outcomes[i];
    }
  }
  return outcomes;
}

// {outcome: {reason: count}}.
Json Reasons(const Totals& totals) {
  Json reasons = Json::object();
  for (size_t i = 0; i < kReasons; ++i) {
    if (totals.reasons[i] == 0) continue;
    const auto reason = static_cast<Reason>(i);
    reasons[std::string(OutcomeName(OutcomeOf(reason)))]
           [std::string(ReasonName(reason))] = totals.reasons[i];
  }
  return reasons;
}

Json FailureJson(const FailureReport& failure) {
  Json json = {{"outcome", std::string(OutcomeName(OutcomeOf(failure.reason)))},
               {"reason", std::string(ReasonName(failure.reason))},
               {"count", failure.count},
               {"hint", FailureHint(failure)}};
  if (!failure.first) return json;
  const FailureSample& first = *failure.first;
  Json& sample = json["first"];
  sample["instance"] = failure.instance;
  sample["sequence"] = first.sequence;
  sample["worker"] = failure.worker;
  sample["scheduled_s"] = static_cast<double>(first.scheduled_ns) / 1e9;
  sample["status"] = first.status;
  if (!first.detail.empty()) sample["detail"] = first.detail;
  sample["error_type"] = first.error_type;
  sample["body"] = first.body;
  sample["body_cut"] = first.body_cut;
  if (first.date_ahead_s) sample["date_ahead_s"] = *first.date_ahead_s;
  if (!first.canonical_request.empty()) {
    sample["canonical_request"] = first.canonical_request;
  }
  return json;
}

Json FailureList(const std::vector<FailureReport>& failures) {
  Json list = Json::array();
  for (const FailureReport& failure : failures) {
    list.push_back(FailureJson(failure));
  }
  return list;
}

void AddCounts(const Totals& totals, Json& json) {
  json["planned"] = totals.planned;
  json["sent"] = totals.sent;
  json["dropped"] = totals.dropped;
  json["unsent"] = totals.unsent;
  json["outcomes"] = Outcomes(totals);
}

// Adds the block of the run or of an instance: counts of `books` (both phases),
// statistics of `totals` (measured phase). `warmup`: null without a warm-up.
void AddBlock(const Totals& books, const Totals& totals, const Totals* warmup,
              const RunReport& report, Json& json) {
  AddCounts(books, json);
  if (warmup != nullptr) {
    AddCounts(totals, json["measured"]);
    AddCounts(*warmup, json["warmup"]);
    json["warmup"]["cold"] = warmup->cold;
  }
  const RunReport::Rates rates = report.RatesOf(totals);
  json["rate_per_s"] = {{"planned", rates.planned},
                        {"sent", rates.sent},
                        {"completed", rates.completed},
                        {"ok", rates.ok}};
  json["lateness_us"] = Latencies(totals.lateness);
  json["service_us"] = Latencies(totals.service);
  json["response_us"] = Latencies(totals.response);
  json["first_byte_us"] = Latencies(totals.first_byte);
  if (totals.own_lateness.count() > 0) {
    json["own_lateness_us"] = Latencies(totals.own_lateness);
    json["blocked_us"] = Latencies(totals.blocked);
  }
  if (std::any_of(books.reasons.begin(), books.reasons.end(),
                  [](uint64_t count) { return count > 0; })) {
    json["reasons"] = Reasons(books);
  }
  const uint64_t cold = totals.cold;
  const uint64_t warm = totals.warm;
  if (cold + warm > 0) {
    json["cold_starts"] = {
        {"cold", cold}, {"warm", warm}, {"unknown", totals.sent - cold - warm}};
    json["cold"] = {{"service_us", Latencies(totals.cold_service)},
                    {"response_us", Latencies(totals.cold_response)}};
    if (totals.init.count() > 0) {
      json["cold"]["init_us"] = Latencies(totals.init);
    }
    json["warm"] = {{"service_us", Latencies(totals.warm_service)},
                    {"response_us", Latencies(totals.warm_response)}};
  }
  if (books.billed_count > 0) {
    json["billed"] = {{"count", books.billed_count},
                      {"ms", books.billed_ms},
                      {"mb_ms", books.billed_mb_ms},
                      {"gb_s", books.BilledGbSeconds()},
                      {"memory_used_mb", books.memory_used_mb}};
  }
  json["schedule_digest"] = {{"planned", Hex(books.planned_digest)},
                             {"sent", Hex(books.sent_digest)}};
}

void AddIntervals(const RunIntervals& intervals, double warmup_s, Json& json) {
  for (const auto& [key, known] :
       {std::pair("lateness_us", &intervals.lateness),
        std::pair("service_us", &intervals.service),
        std::pair("response_us", &intervals.response),
        std::pair("first_byte_us", &intervals.first_byte)}) {
    json[key]["intervals"] = LatencyIntervalsJson(*known);
  }
  json["steadiness"] = SteadinessJson(intervals.steadiness, warmup_s);
}

Json WorkerJson(const WorkerReport& worker) {
  Json engines = Json::array();
  uint64_t opened = 0, reused = 0, failed = 0, closed_by_peer = 0;
  for (const EngineFacts& engine : worker.engines) {
    opened += engine.connections;
    reused += engine.connections_reused;
    failed += engine.connections_failed;
    closed_by_peer += engine.connections_closed_by_peer;
    engines.push_back({{"busy_ratio", engine.busy_ratio},
                       {"at_limit_s", engine.at_limit_s},
                       {"max_in_flight", engine.max_in_flight},
                       {"connections", engine.connections},
                       {"spun_s", engine.gaps.spun_s},
                       {"gaps", engine.gaps.count},
                       {"gaps_s", engine.gaps.total_s},
                       {"longest_gap_us", engine.gaps.longest_s * 1e6},
                       {"preempted_s", engine.gaps.preempted_s}});
  }
  const std::optional<ClockDrift>& drift = worker.clock_drift;
  Json json = {
      {"name", worker.name.empty() ? Json() : Json(worker.name)},
      {"threads", worker.threads},
      {"lost", worker.lost},
      {"planned", worker.totals.planned},
      {"sent", worker.totals.sent},
      {"dropped", worker.totals.dropped},
      {"unsent", worker.totals.unsent},
      {"outcomes", Outcomes(worker.totals)},
      {"clock_offset_us", ToUs(worker.clock_offset_ns)},
      {"clock_uncertainty_us", ToUs(worker.clock_uncertainty_ns)},
      {"clock_drift_ppm", drift ? Json(drift->ppm) : Json()},
      {"clock_drift_uncertainty_ppm",
       drift ? Json(drift->uncertainty_ppm) : Json()},
      {"start_error_us", ToUs(worker.start_error_ns)},
      {"cpu_s", worker.cpu_s},
      {"max_rss_bytes", worker.max_rss_bytes},
      {"steal_s", worker.steal_s ? Json(*worker.steal_s) : Json()},
      {"io", worker.io == IoMode::kAuto ? Json() : Json(IoModeWord(worker.io))},
      {"lateness_us", Latencies(worker.totals.lateness)},
      {"connections",
       {{"opened", opened},
        {"reused", reused},
        {"failed", failed},
        {"closed_by_peer", closed_by_peer}}},
      {"engines", std::move(engines)}};
  if (worker.left_at_s) json["left_at_s"] = *worker.left_at_s;
  if (worker.stopped_at_s) json["stopped_at_s"] = *worker.stopped_at_s;
  return json;
}

Json InstanceOrNull(const ThresholdResult& result) {
  return result.instance.empty() ? Json() : Json(result.instance);
}

// Values are in the limit's unit: latencies in microseconds, as everywhere
// here.
Json ThresholdJson(const ThresholdResult& result) {
  const Threshold& threshold = result.threshold;
  const bool is_latency = threshold.metric.kind == MetricKind::kLatency;
  const double unit = is_latency ? 1e3 : 1;
  Json json = {{"check", CheckText(threshold)},
               {"instance", InstanceOrNull(result)},
               {"state", std::string(ThresholdStateName(result.state))},
               {"value", result.value ? Json(*result.value / unit) : Json()},
               {"limit", threshold.limit / unit}};
  if (is_latency) {
    json["calls"] = result.calls;
    if (result.has_too_few_calls()) json["calls_needed"] = result.calls_needed;
  } else if (threshold.metric.IsCount()) {
    json["count"] = result.count;
    json["of"] = result.of;
  }
  if (result.interval) {
    json["interval"] = IntervalJson(*result.interval, unit);
  }
  if (threshold.optional) json["optional"] = true;
  if (threshold.abort) json["abort"] = true;
  if (result.window) {
    json["at_s"] = result.window->until_s;
    json["window_s"] = result.window->length_s;
  }
  return json;
}

Json VersionsJson(const VersionsReport& versions, const RunReport& report) {
  Json names = Json::array();
  for (size_t i = 0; i < versions.count; ++i) {
    names.push_back(report.instances[versions.first + i].first);
  }
  Json changes = Json::array();
  for (size_t i = 0; i < versions.changes.size(); ++i) {
    for (const VersionChange& change : versions.changes[i]) {
      changes.push_back(VersionChangeJson(
          change, report.instances[versions.first + 1 + i].first));
    }
  }
  return {{"pairing",
           std::string(kPairings[static_cast<size_t>(versions.pairing)])},
          {"instances", std::move(names)},
          {"changes", std::move(changes)}};
}

// Cleans text from targets and peers. Names are keys and stay unchanged.
void CleanStrings(Json& json) {
  if (json.is_string()) {
    json = CleanText(json.get_ref<const std::string&>());
  } else if (json.is_structured()) {
    for (Json& element : json) CleanStrings(element);
  }
}

}  // namespace

Json SummaryTree(const RunReport& report) {
  Json json;
  json["schema_version"] = kSummarySchemaVersion;
  json["run_id"] = report.run_id;
  json["test_name"] = report.test_name;
  json["started_at"] = absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ",
                                        report.started_at, absl::UTCTimeZone());
  if (!report.command.empty()) json["command"] = report.command;
  json["duration_s"] = report.completed_span_s;
  json["seed"] = report.seed;
  json["interrupted"] = report.interrupted;
  if (report.warmup_s > 0) json["warmup_s"] = report.warmup_s;
  const bool has_warmup = !report.warmup.empty();
  AddBlock(report.Books(), report.total,
           has_warmup ? &report.warmup_total : nullptr, report, json);
  json["max_in_flight"] = report.max_in_flight;
  if (report.intervals) {
    AddIntervals(*report.intervals, report.warmup_s, json);
  }
  // The names differ: to search for each among the earlier ones would take
  // minutes for a hundred thousand.
  json["instances"] = Json::object();
  auto& instances = json["instances"].get_ref<Json::object_t&>();
  for (size_t i = 0; i < report.instances.size(); ++i) {
    const auto& [name, totals] = report.instances[i];
    Json& block = instances.emplace_back(name, Json::object()).second;
    AddBlock(report.BooksOf(i), totals,
             has_warmup ? &report.warmup[i] : nullptr, report, block);
    if (i < report.max_in_flight_of.size() && report.max_in_flight_of[i]) {
      block["max_in_flight"] = *report.max_in_flight_of[i];
    }
    if (report.intervals && report.intervals->response_of[i]) {
      block["response_us"]["intervals"] =
          LatencyIntervalsJson(*report.intervals->response_of[i]);
    }
    const auto failed = report.instance_failures.find(i);
    if (failed != report.instance_failures.end()) {
      block["failures"] = FailureList(failed->second);
    }
  }
  for (const VersionCheck& check : report.version_checks) {
    Json& entry = json["fail_if"].emplace_back();
    entry["check"] = VersionLimitText(check.limit);
    entry["instance"] = check.instance;
    entry["holds"] = check.is_beyond;
    if (!check.change) continue;
    entry["change"] = VersionChangeJson(*check.change, check.instance);
  }
  if (!report.versions.empty()) json["versions"] = Json::object();
  for (const VersionsReport& versions : report.versions) {
    json["versions"].get_ref<Json::object_t&>().emplace_back(
        versions.name, VersionsJson(versions, report));
  }
  json["workers"] = Json::array();
  for (const WorkerReport& worker : report.workers) {
    json["workers"].push_back(WorkerJson(worker));
  }
  if (!report.departures.empty()) json["departures"] = report.departures;
  if (!report.losses.empty()) json["losses"] = report.losses;
  if (!report.failures.empty()) {
    json["failures"] = FailureList(report.failures);
  }
  if (!report.stopped.empty()) json["stopped"] = report.stopped;
  if (!report.memory.empty()) json["memory"] = Json::array();
  for (const MemoryReport& memory : report.memory) {
    json["memory"].push_back({{"application", memory.application},
                              {"region", memory.region},
                              {"memory_mb", memory.memory_mb},
                              {"before_mb", memory.before_mb},
                              {"state", memory.state}});
    if (!memory.restore_command.empty()) {
      json["memory"].back()["restore"] = memory.restore_command;
    }
    if (!memory.overlap_found_mb) continue;
    json["memory"].back()["throughout"] = false;
    json["memory"].back()["found_mb"] = *memory.overlap_found_mb;
    json["memory"].back()["warning"] =
        absl::StrCat("not ", memory.memory_mb, " MB throughout");
  }
  if (report.cost) {
    json["cost"] = CostJson(
        *report.cost, report.measured_cost ? &*report.measured_cost : nullptr);
  }
  if (!report.thresholds.empty()) {
    json["thresholds"] = Json::array();
    for (const ThresholdResult& result : report.thresholds) {
      json["thresholds"].push_back(ThresholdJson(result));
    }
  }
  if (report.aborted_by) json["aborted_by"] = ThresholdJson(*report.aborted_by);
  if (!report.until.empty()) json["until"] = Json::array();
  for (const PrecisionResult& result : report.until) {
    json["until"].push_back(GoalJson(result));
  }
  if (report.stopped_at_s) json["stopped_at_s"] = *report.stopped_at_s;
  json["verdict"] = {{"state", std::string(VerdictName(report.verdict.state))},
                     {"reasons", report.verdict.reasons}};
  if (!report.book_errors.empty()) json["book_errors"] = report.book_errors;
  CleanStrings(json);
  return json;
}

std::string SummaryJson(const RunReport& report) {
  return SummaryTree(report).dump(2, ' ', /*ensure_ascii=*/false,
                                  Json::error_handler_t::replace) +
         "\n";
}

}  // namespace invocator
