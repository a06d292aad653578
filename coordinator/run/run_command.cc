#include "coordinator/run/run_command.h"

#include <algorithm>
#include <utility>

#include "common/base/exit_code.h"
#include "coordinator/report/notices.h"
#include "coordinator/run/live_web.h"
#include "coordinator/run/memory_series.h"
#include "coordinator/run/run.h"
#include "coordinator/run/run_check.h"

namespace invocator {
namespace {

int PlayRuns(const LoadedWorkload& workload, const RunOptions& options,
             const RunHost& host, const RunFollowers& followers) {
  if (options.memory.sizes_mb.size() > 1) {
    return PlaySeries(workload, options, host, followers);
  }
  FunctionLocks locks;
  RunReport report;
  return PlayWorkload(workload, options, host, locks, report, followers);
}

}  // namespace

int RunWorkload(const RunOptions& options, const RunHost& host,
                const RunFollowers& given_followers) {
  const absl::StatusOr<LoadedWorkload> workload = LoadRunWorkload(options);
  if (!workload.ok()) {
    PrintError(workload.status());
    return kExitBadUsage;
  }
  RunFollowers followers = given_followers;
  if (!options.live.is_wanted()) {
    return PlayRuns(*workload, options, host, followers);
  }
  absl::StatusOr<WebOptions> web_options = CheckLive(options);
  if (!web_options.ok()) {
    PrintError(web_options.status());
    return kExitBadUsage;
  }
  const auto web = LiveWeb::Start(*std::move(web_options));
  if (!web.ok()) {
    PrintError(web.status());
    return absl::IsInvalidArgument(web.status()) ? kExitBadUsage
                                                 : kExitNotCarriedOut;
  }
  followers.live = &(*web)->view();
  RunHost rest = host;
  rest.file_limit -= std::min<uint64_t>(kWebFiles, host.file_limit / 2);
  const int code = PlayRuns(*workload, options, rest, followers);
  (*web)->End(options.live.metrics_linger, host.interrupts);
  return code;
}

}  // namespace invocator
