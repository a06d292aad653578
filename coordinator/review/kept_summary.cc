#include "coordinator/review/kept_summary.h"

#include <cmath>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/plan/plan.h"
#include "coordinator/json/workload_issues.h"
#include "coordinator/report/summary.h"
#include "coordinator/review/kept_fields.h"

namespace invocator {
namespace {

// A drain makes a run longer than planned.
constexpr NumberRange kSpans = {0, 2 * kMaxDurationS};
constexpr NumberRange kWarmups = {0, kMaxDurationS};
constexpr NumberRange kValues = {0, 1e15};
constexpr NumberRange kRates = {0, 1e12};
// In nano-units these are 64-bit integers.
constexpr NumberRange kAmounts = {0, 9.2e9};

int64_t Nano(double amount) { return std::llround(amount * 1e9); }

void ReadSchema(KeptFields& fields, const WorkloadIssues& issues) {
  const uint64_t version = fields.TheCount("schema_version");
  if (issues.has_errors() || version == kSummarySchemaVersion) return;
  fields.ValueError("schema_version", absl::StrCat(kSummarySchemaVersion));
}

void ReadHeading(KeptFields& fields, RunReport& report) {
  report.run_id = fields.TheString("run_id");
  report.test_name = fields.TheString("test_name");
  const std::string started = fields.TheString("started_at");
  std::string error;
  if (fields.Has("started_at") &&
      !absl::ParseTime("%Y-%m-%dT%H:%M:%E*SZ", started, &report.started_at,
                       &error)) {
    fields.ValueError("started_at", "an instant: 2026-11-30T08:00:00.000Z");
  }
  report.completed_span_s = fields.TheNumber("duration_s", kSpans);
  fields.Require("seed", "an integer");
  report.seed = fields.Uint32("seed").value_or(0);
  fields.Require("interrupted", "true or false");
  report.interrupted = fields.Bool("interrupted").value_or(false);
  report.warmup_s = fields.Number("warmup_s", kWarmups).value_or(0);
  if (fields.HasValue("stopped_at_s")) {
    report.stopped_at_s = fields.Number("stopped_at_s", kSpans);
  }
}

void ReadInstances(KeptFields& fields, const WorkloadIssues& issues,
                   KeptSummary& summary) {
  auto instances = fields.TheObject("instances");
  if (!instances) return;
  const auto& members =
      fields.Find("instances")->get_ref<const Json::object_t&>();
  for (const auto& [name, member] : members) {
    // One broken block is enough to report.
    if (issues.has_errors()) return;
    // Not by name: a look-up would search all members.
    auto block = instances->AsObject(name, member);
    if (!block) return;
    summary.names.push_back(name);
    summary.instances.push_back(
        ReadKeptBlock(*block, summary.report.warmup_s > 0));
  }
}

void ReadLosses(KeptFields& fields, RunReport& report) {
  report.losses = fields.Strings("losses");
  for (KeptFields& worker : fields.Objects("workers")) {
    const std::string name = worker.HasValue("name")
                                 ? worker.String("name").value_or("")
                                 : "without a name";
    // For summaries without "losses".
    if (worker.Bool("lost").value_or(false) && report.losses.empty()) {
      report.losses.push_back(absl::StrCat("worker ", name, " was lost"));
    }
  }
}

void ReadMemory(KeptFields& fields, RunReport& report) {
  for (KeptFields& function : fields.Objects("memory")) {
    if (function.Bool("throughout").value_or(true)) continue;
    MemoryReport& memory = report.memory.emplace_back();
    memory.application = function.TheString("application");
    memory.memory_mb = function.Uint32("memory_mb").value_or(0);
    memory.overlap_found_mb = function.Uint32("found_mb").value_or(0);
  }
}

void ReadEnding(KeptFields& fields, KeptSummary& summary) {
  RunReport& report = summary.report;
  report.stopped = fields.String("stopped").value_or("");
  report.departures = fields.Strings("departures");
  report.book_errors = fields.Strings("book_errors");
  ReadLosses(fields, report);
  ReadMemory(fields, report);
  auto aborted = fields.Object("aborted_by");
  if (!aborted) return;
  AbortedBy& by = summary.aborted_by.emplace();
  by.check = aborted->TheString("check");
  if (aborted->HasValue("instance")) {
    by.instance = aborted->String("instance").value_or("");
  }
  by.value = aborted->Number("value", kValues);
  by.calls = aborted->Uint64("calls").value_or(0);
  by.count = aborted->Uint64("count").value_or(0);
  by.of = aborted->Uint64("of").value_or(0);
  if (by.count > by.of) {
    aborted->ValueError("count", absl::StrCat("at most ", by.of));
  }
  by.window = {aborted->Number("at_s", kSpans).value_or(0),
               aborted->Number("window_s", kSpans).value_or(0)};
}

void ReadCost(KeptFields& fields, KeptSummary& summary) {
  auto kept = fields.Object("cost");
  if (!kept) return;
  Cost& cost = summary.report.cost.emplace();
  cost.currency = kept->TheString("currency");
  const double total = kept->TheNumber("total", kAmounts);
  cost.total_nano =
      Nano(kept->Number("measured_total", kAmounts).value_or(total));
  cost.requests = kept->TheCount("requests");
  cost.not_charged = kept->TheCount("not_charged");
  const double per_million = kept->TheNumber("per_million_requests", kAmounts);
  if (cost.requests > 0) summary.cost_per_million = per_million;
  if (auto durations = kept->TheObject("durations")) {
    cost.billed = durations->TheCount("billed");
    cost.estimated = durations->TheCount("estimated");
    cost.unknown = durations->TheCount("unknown");
  }
  for (KeptFields& kept_item : kept->Objects(
           kept->Has("measured_items") ? "measured_items" : "items")) {
    CostItem& item = cost.items.emplace_back();
    item.instance = kept_item.TheString("instance");
    item.amount_nano = Nano(kept_item.TheNumber("amount", kAmounts));
  }
  cost.applies = !cost.items.empty() || cost.not_charged > 0;
}

void ReadVerdict(KeptFields& fields, Verdict& verdict) {
  auto kept = fields.TheObject("verdict");
  if (!kept) return;
  constexpr VerdictState kStates[] = {
      VerdictState::kKept, VerdictState::kMarginal, VerdictState::kMissed};
  std::vector<absl::string_view> names;
  for (const VerdictState state : kStates) names.push_back(VerdictName(state));
  kept->Require("state", "a verdict");
  if (const auto choice = kept->Choice("state", names)) {
    verdict.state = kStates[*choice];
  }
  verdict.reasons = kept->Strings("reasons");
}

}  // namespace

absl::StatusOr<KeptSummary> ParseSummary(absl::string_view text,
                                         const std::string& file) {
  WorkloadIssues issues(file);
  const absl::StatusOr<Json> root = ReadObject(file, text, issues);
  if (!root.ok()) return root.status();
  KeptFields fields(*root, "", issues);
  KeptSummary summary;
  ReadSchema(fields, issues);
  // In other versions fields may have other meanings.
  if (issues.has_errors()) return issues.ToStatus();
  RunReport& report = summary.report;
  ReadHeading(fields, report);
  summary.total = ReadKeptBlock(fields, report.warmup_s > 0);
  fields.Require("max_in_flight", "a count");
  report.max_in_flight = summary.total.max_in_flight.value_or(0);
  if (auto rates = fields.TheObject("rate_per_s")) {
    summary.sent_per_s = rates->TheNumber("sent", kRates);
  }
  ReadInstances(fields, issues, summary);
  ReadEnding(fields, summary);
  ReadCost(fields, summary);
  ReadVerdict(fields, report.verdict);
  if (issues.has_errors()) return issues.ToStatus();
  return summary;
}

}  // namespace invocator
