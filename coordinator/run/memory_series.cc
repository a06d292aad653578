#include "coordinator/run/memory_series.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/exit_code.h"
#include "common/process/say.h"
#include "common/result/outcome.h"
#include "coordinator/cost/cost_report.h"
#include "coordinator/memory/function_locks.h"
#include "coordinator/report/notices.h"
#include "coordinator/run/run.h"
#include "coordinator/run/shown_command.h"
#include "coordinator/text/latency_text.h"
#include "coordinator/text/text_table.h"
#include "coordinator/workload/workload.h"

namespace invocator {

namespace {

// "-" where nothing is known.
std::string BilledMean(const Totals& total) {
  if (total.billed_count == 0) return "-";
  return absl::StrFormat("%.1f ms",
                         static_cast<double>(total.billed_ms) /
                             static_cast<double>(total.billed_count));
}

// "a/b.xml" becomes "a/b-256mb.xml"; an empty path stays empty.
std::string WithSuffix(const std::string& path, const std::string& suffix) {
  if (path.empty()) return path;
  std::filesystem::path with = path;
  with.replace_filename(with.stem().string() + suffix +
                        with.extension().string());
  return with.string();
}

// Orders exit codes as ExitCodeOf a run does. 2 and 3 end the series.
int Rank(int code) {
  switch (code) {
    case kExitOk:
      return 0;
    case kExitThresholdMissed:
      return 1;
    case kExitNotKept:
      return 2;
    default:
      return 3;
  }
}

std::string MeasuredCost(const RunReport& report) {
  const std::optional<Cost>& cost =
      report.measured_cost ? report.measured_cost : report.cost;
  return cost ? PerMillionWords(*cost) : "-";
}

}  // namespace

std::string CompareMemorySizes(const std::vector<MemorySizeResult>& results) {
  const bool any_billed = std::any_of(
      results.begin(), results.end(),
      [](const auto& result) { return result.report.total.billed_count > 0; });
  std::vector<std::string> headings = {
      "memory", "sent", "ok",  "not ok",       "service mean",
      "p50",    "p90",  "p99", "response p99", "cost per million",
      "verdict"};
  if (any_billed) {
    headings.insert(headings.end() - 2, {"billed mean", "cold"});
  }
  TextTable table(std::move(headings));
  for (const MemorySizeResult& result : results) {
    const Totals& total = result.report.total;
    const uint64_t ok = total.outcomes[static_cast<size_t>(Outcome::kOk)];
    const auto service = [&](double quantile) {
      return FormatLatency(total.service.QuantileNs(quantile));
    };
    std::vector<std::string> row = {
        absl::StrCat(result.memory_mb, " MB"),
        absl::StrCat(total.sent),
        absl::StrCat(ok),
        absl::StrCat(total.sent - ok),
        FormatLatency(static_cast<int64_t>(total.service.MeanNs())),
        service(0.5),
        service(0.9),
        service(0.99),
        FormatLatency(total.response.QuantileNs(0.99)),
        MeasuredCost(result.report),
        std::string(VerdictName(result.report.verdict.state))};
    if (any_billed) {
      row.insert(row.end() - 2,
                 {BilledMean(total), absl::StrCat(total.cold_service.count())});
    }
    table.AddRow(std::move(row));
  }
  return table.ToString();
}

namespace {

void TellOfThePage(const std::vector<MemorySizeResult>& results) {
  std::string command = "invocator report";
  for (const MemorySizeResult& result : results) {
    absl::StrAppend(&command, " ", ShellWord(result.report.folder));
  }
  Say(absl::StrCat("on one page: ", command, " -o FILE"));
}

}  // namespace

int PlaySeries(const LoadedWorkload& workload, const RunOptions& options,
               const RunHost& host, const RunFollowers& followers) {
  const absl::StatusOr<std::string> warning =
      SeriesWarning(workload.plan, options.memory, {"", /*is_option=*/true});
  if (!warning.ok()) {
    PrintError(warning.status());
    return kExitBadUsage;
  }
  if (!warning->empty()) Warn({*warning});
  // Held from the first run to the last, so that no other run comes between.
  FunctionLocks locks;
  std::vector<MemorySizeResult> results;
  int worst = kExitOk;
  for (const uint32_t memory_mb : options.memory.sizes_mb) {
    RunOptions one = options;
    one.memory.sizes_mb = {memory_mb};
    one.out_suffix = absl::StrCat("-", memory_mb, "mb");
    one.junit = WithSuffix(options.junit, one.out_suffix);
    MemorySizeResult result;
    result.memory_mb = memory_mb;
    const int code =
        PlayWorkload(workload, one, host, locks, result.report, followers);
    if (Rank(code) > Rank(worst)) worst = code;
    if (code == kExitBadUsage || code == kExitNotCarriedOut) break;
    results.push_back(std::move(result));
    if (code == kExitInterrupted) break;
  }
  if (results.size() > 1) {
    TellOfThePage(results);
    const absl::Status written =
        Print(absl::StrCat("\n", CompareMemorySizes(results)));
    if (!written.ok()) {
      PrintError(written);
      return worst == kExitInterrupted ? worst : kExitNotCarriedOut;
    }
  }
  return worst;
}

}  // namespace invocator
