#include "coordinator/review/compare_command.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/exit_code.h"
#include "common/process/say.h"
#include "coordinator/report/notices.h"
#include "coordinator/review/change_judgement.h"
#include "coordinator/review/comparison.h"
#include "coordinator/review/kept_timeline.h"
#include "coordinator/review/run_folder.h"

namespace invocator {
namespace {

// Latencies of a generator that was late say nothing about the functions, and
// an aborted run covers other calls.
bool RefuseUnfit(const std::vector<KeptRun>& runs) {
  bool any = false;
  for (const KeptRun& run : runs) {
    const Verdict& verdict = run.report.verdict;
    const bool is_missed = verdict.state == VerdictState::kMissed;
    if (!is_missed && !run.aborted_by) continue;
    PrintError(absl::FailedPreconditionError(absl::StrCat(
        run.folder,
        is_missed ? absl::StrCat(": the schedule was missed (",
                                 absl::StrJoin(verdict.reasons, "; "),
                                 "), so its latencies do not measure the "
                                 "functions")
                  : absl::StrCat(": ended early by the threshold ",
                                 run.aborted_by->check,
                                 ", so it is a part of its plan only"),
        "; --anyway compares it all the same")));
    any = true;
  }
  return any;
}

// Adds the timeline, which intervals need. A folder without one is compared by
// its values alone.
absl::Status AddTimeline(KeptRun& run) {
  std::error_code error;
  const std::string file = run.folder + "/timeline.csv";
  if (!std::filesystem::exists(file, error)) {
    Warn({absl::StrCat(file, ": is missing, so changes have no intervals")});
    return absl::OkStatus();
  }
  absl::StatusOr<KeptTimeline> kept = ReadKeptTimeline(run);
  if (!kept.ok()) return kept.status();
  run.report.timeline = std::move(kept->timeline);
  return absl::OkStatus();
}

}  // namespace

int CompareFinishedRuns(const CompareOptions& options) {
  std::vector<KeptRun> runs;
  for (const std::string& folder : options.folders) {
    absl::StatusOr<KeptRun> run = ReadRunFolder(folder);
    const absl::Status status = run.ok() ? AddTimeline(*run) : run.status();
    if (!status.ok()) {
      PrintError(status);
      return kExitBadUsage;
    }
    runs.push_back(*std::move(run));
  }
  if (!options.anyway && RefuseUnfit(runs)) return kExitNotKept;
  const std::vector<ChangeResult> changes = JudgeChanges(options.fail_if, runs);
  const absl::Status printed = Print(absl::StrCat(
      ComparisonText(runs), changes.empty() ? "" : "\n", ChangeLines(changes)));
  if (!printed.ok()) {
    PrintError(printed);
    return kExitNotCarriedOut;
  }
  return std::any_of(changes.begin(), changes.end(),
                     [](const ChangeResult& r) { return r.is_beyond; })
             ? kExitThresholdMissed
             : kExitOk;
}

}  // namespace invocator
