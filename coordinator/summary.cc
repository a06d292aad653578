#include "coordinator/summary.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "common/outcome.h"
#include "coordinator/cost_report.h"
#include "nlohmann/json.hpp"

namespace invocator {
namespace {

using Json = nlohmann::ordered_json;

double ToUs(int64_t ns) { return static_cast<double>(ns) / 1e3; }

double Per(uint64_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

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

// The block that the run and each of its instances have.
void AddBlock(const Totals& totals, const RunReport& report, Json& json) {
  json["planned"] = totals.planned;
  json["sent"] = totals.sent;
  json["dropped"] = totals.dropped;
  json["unsent"] = totals.unsent;
  json["outcomes"] = Outcomes(totals);
  const uint64_t aborted =
      totals.outcomes[static_cast<size_t>(Outcome::kAborted)] +
      totals.outcomes[static_cast<size_t>(Outcome::kLost)];
  json["rate_per_s"] = {
      {"planned", Per(totals.planned, report.planned_span_s)},
      {"sent", Per(totals.sent, report.sent_span_s)},
      {"completed", Per(totals.sent - aborted, report.completed_span_s)}};
  json["lateness_us"] = Latencies(totals.lateness);
  json["service_us"] = Latencies(totals.service);
  json["response_us"] = Latencies(totals.response);
  if (totals.own_lateness.count() > 0) {
    json["own_lateness_us"] = Latencies(totals.own_lateness);
    json["blocked_us"] = Latencies(totals.blocked);
  }
  json["schedule_digest"] = {{"planned", Hex(totals.planned_digest)},
                             {"sent", Hex(totals.sent_digest)}};
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
                       {"connections", engine.connections}});
  }
  const std::optional<ClockSync::Drift>& drift = worker.clock_drift;
  return {{"name", worker.name},
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
          {"lateness_us", Latencies(worker.totals.lateness)},
          {"connections",
           {{"opened", opened},
            {"reused", reused},
            {"failed", failed},
            {"closed_by_peer", closed_by_peer}}},
          {"engines", std::move(engines)}};
}

}  // namespace

std::string SummaryJson(const RunReport& report) {
  Json json;
  json["schema_version"] = kSummarySchemaVersion;
  json["run_id"] = report.run_id;
  json["test_name"] = report.test_name;
  json["started_at"] = absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ",
                                        report.started_at, absl::UTCTimeZone());
  json["duration_s"] = report.completed_span_s;
  json["seed"] = report.seed;
  json["interrupted"] = report.interrupted;
  AddBlock(report.total, report, json);
  json["instances"] = Json::object();
  for (const auto& [name, totals] : report.instances) {
    AddBlock(totals, report, json["instances"][name]);
  }
  json["workers"] = Json::array();
  for (const WorkerReport& worker : report.workers) {
    json["workers"].push_back(WorkerJson(worker));
  }
  if (!report.memory.empty()) json["memory"] = Json::array();
  for (const MemoryReport& memory : report.memory) {
    json["memory"].push_back({{"application", memory.application},
                              {"region", memory.region},
                              {"memory_mb", memory.memory_mb},
                              {"before_mb", memory.before_mb},
                              {"state", memory.state}});
  }
  if (report.cost) json["cost"] = CostJson(*report.cost);
  json["verdict"] = {{"state", std::string(VerdictName(report.verdict.state))},
                     {"reasons", report.verdict.reasons}};
  if (!report.book_errors.empty()) json["book_errors"] = report.book_errors;
  return json.dump(2, ' ', /*ensure_ascii=*/false,
                   Json::error_handler_t::replace) +
         "\n";
}

}  // namespace invocator
