#include "coordinator/forecast/plan_report.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/arrivals/expected_calls.h"
#include "common/plan/partition.h"
#include "common/wire/assignment_codec.h"
#include "coordinator/books/census.h"
#include "coordinator/books/owner_table.h"
#include "coordinator/cost/cost.h"
#include "coordinator/cost/cost_report.h"
#include "coordinator/forecast/preflight.h"
#include "coordinator/text/text_table.h"

namespace invocator {
namespace {

std::string Seconds(int64_t ns) {
  return absl::StrFormat("%.6f", static_cast<double>(ns) / 1e9);
}

std::string Rate(double count, double seconds) {
  return absl::StrFormat("%.2f", seconds > 0 ? count / seconds : 0);
}

double ActiveSeconds(const ArrivalSpec& spec) {
  return spec.kind == ArrivalKind::kList
             ? spec.duration_s
             : spec.window_end_s - spec.window_start_s;
}

std::string Percent(uint64_t part, uint64_t whole) {
  return absl::StrFormat("%.1f %%", whole == 0
                                        ? 0
                                        : 100 * static_cast<double>(part) /
                                              static_cast<double>(whole));
}

// "0" or "0: 51, 1: 50".
std::string WorkersOf(const Census& census, size_t instance,
                      const std::vector<std::vector<Share>>& partition) {
  std::vector<size_t> workers;
  for (size_t w = 0; w < partition.size(); ++w) {
    for (const Share& share : partition[w]) {
      if (share.instance == instance) {
        workers.push_back(w);
        break;
      }
    }
  }
  if (workers.size() == 1) return absl::StrCat(workers[0]);
  return absl::StrJoin(workers, ", ", [&](std::string* out, size_t w) {
    absl::StrAppend(out, w, ": ", census.planned[w][instance]);
  });
}

std::vector<std::string> CensusCells(const InstanceCensus& census,
                                     double expected, double active_s) {
  const bool none = census.count == 0;
  return {absl::StrCat(census.count),
          absl::StrFormat("%.1f", expected),
          none ? "-" : Seconds(census.first_ns),
          none ? "-" : Seconds(census.last_ns),
          Rate(static_cast<double>(census.count), active_s),
          absl::StrCat(census.peak_per_s)};
}

void PrintTest(const Plan& plan, std::ostream& out) {
  const bool faasprofiler =
      !plan.instances.empty() &&
      plan.instances[0].arrivals.rng == ArrivalRng::kFaasProfiler;
  const std::string warmup =
      plan.warmup_s > 0 ? absl::StrFormat(" (%.15g s warm-up)", plan.warmup_s)
                        : "";
  out << absl::StrFormat(
      "%s: %.15g s%s, random_seed %d, arrivals %s, %s\n\n", plan.test_name,
      plan.duration_s, warmup, plan.seed,
      faasprofiler ? "faasprofiler" : "independent",
      plan.blocking ? "closed loop (blocking_cli)" : "open loop");
}

void PrintInstances(const Plan& plan, const Census& census,
                    const std::vector<std::vector<Share>>& partition,
                    std::ostream& out) {
  TextTable table({"instance", "count", "expected", "first s", "last s",
                   "mean /s", "peak /s", "worker"});
  auto add = [&](std::string name, std::vector<std::string> cells,
                 std::string workers) {
    cells.insert(cells.begin(), std::move(name));
    cells.push_back(std::move(workers));
    table.AddRow(std::move(cells));
  };
  double total_expected = 0;
  for (size_t i = 0; i < plan.instances.size(); ++i) {
    const ArrivalSpec& arrivals = plan.instances[i].arrivals;
    // Without a rate the census has counted the calls that are expected.
    const double expected =
        HasRate(arrivals.kind) ? ExpectedCalls(arrivals)
                               : static_cast<double>(census.instances[i].count);
    total_expected += expected;
    add(plan.instances[i].name,
        CensusCells(census.instances[i], expected, ActiveSeconds(arrivals)),
        WorkersOf(census, i, partition));
  }
  add("total", CensusCells(census.total, total_expected, plan.duration_s), "");
  out << table.ToString() << "\n";
}

void PrintWorkers(const Plan& plan, const Census& census,
                  const std::vector<std::vector<Share>>& partition,
                  size_t threads, std::ostream& out) {
  TextTable table({"worker", "instances", "count", "share", "mean /s",
                   "engines", "busiest engine"});
  for (size_t w = 0; w < partition.size(); ++w) {
    uint64_t busiest = 0;
    for (const auto& shares : PartitionShares(plan, partition[w], threads)) {
      uint64_t load = 0;
      for (const Share& share : shares) {
        load += CountOwned(share, census.instances[share.instance].count);
      }
      busiest = std::max(busiest, load);
    }
    const uint64_t count = census.PlannedOf(w);
    table.AddRow({absl::StrCat(w), absl::StrCat(partition[w].size()),
                  absl::StrCat(count), Percent(count, census.total.count),
                  Rate(static_cast<double>(count), plan.duration_s),
                  absl::StrCat(threads),
                  absl::StrCat(busiest, " (", Percent(busiest, count), ")")});
  }
  out << table.ToString() << "\n";
}

// A size that `run` would refuse leaves the memory unknown.
MemoryOfRun MemoryWith(const Plan& plan, std::optional<uint32_t> size_mb) {
  const absl::StatusOr<std::vector<MemoryTarget>> targets =
      MemoryTargets(plan, size_mb);
  return MakeMemoryOfRun(
      plan, targets.ok() ? *targets : std::vector<MemoryTarget>(), !size_mb);
}

void PrintCost(const Plan& plan, const Census& census,
               const PlanPricing& pricing, std::ostream& out) {
  const std::vector<Usage> usages = PlannedUsages(census);
  std::vector<std::optional<uint32_t>> sizes(pricing.memory.sizes_mb.begin(),
                                             pricing.memory.sizes_mb.end());
  if (sizes.empty()) sizes.push_back(std::nullopt);  // keep
  const auto cost_with = [&](std::optional<uint32_t> size_mb) {
    return ComputeCost(plan, usages, MemoryWith(plan, size_mb), pricing.prices);
  };
  Cost cost = cost_with(sizes.front());
  if (!cost.applies) return;
  for (const std::optional<uint32_t>& size_mb : sizes) {
    cost = cost_with(size_mb);
    out << "cost ";
    if (size_mb && cost.estimated > 0) {
      out << absl::StrCat("with ", *size_mb, " MB ");
    }
    out << CostWords(cost) << "\n";
    // Durations or none, it is one line for all sizes.
    if (cost.estimated == 0) break;
  }
  out << AssumptionLines(cost, "     ");
  if (cost.unknown > 0) {
    out << "     expected_duration_ms beside an instance adds its GB-s\n";
  }
}

}  // namespace

std::vector<std::string> PrintPlan(const Plan& plan,
                                   const PlanReportOptions& options,
                                   std::ostream& out) {
  const std::vector<std::vector<Share>> partition =
      PartitionPlan(plan, options.workers);
  const Census census = TakeCensus(plan, partition);
  PrintTest(plan, out);
  PrintInstances(plan, census, partition, out);
  const std::string chart = RateChart(plan, census, options.bars);
  if (!chart.empty()) out << chart << "\n";
  PrintWorkers(plan, census, partition, options.threads, out);
  out << absl::StrFormat("schedule digest %016x\n", census.total.digest);
  for (const std::string& effect : options.effects) out << effect << "\n";
  PrintCost(plan, census, options.pricing, out);
  std::vector<std::string> warnings = NothingPlannedWarnings(plan, census);
  for (std::string& warning : AwsWarnings(plan, census)) {
    warnings.push_back(std::move(warning));
  }
  // Of other machines that will invoke nothing is known.
  if (options.workers == 1) {
    for (std::string& warning : MachineWarnings(
             plan, census,
             {{"this machine",
               ReadMachineLimits(static_cast<uint32_t>(options.threads))}})) {
      warnings.push_back(std::move(warning));
    }
  }
  const absl::Status fits = CheckAssignmentSize(plan, {}, partition);
  if (!fits.ok()) warnings.emplace_back(fits.message());
  return warnings;
}

}  // namespace invocator
