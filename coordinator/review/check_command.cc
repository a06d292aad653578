#include "coordinator/review/check_command.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/base/exit_code.h"
#include "common/process/say.h"
#include "common/words/foreign_text.h"
#include "common/words/listing.h"
#include "coordinator/report/junit.h"
#include "coordinator/report/markdown_report.h"
#include "coordinator/report/notices.h"
#include "coordinator/report/threshold_text.h"
#include "coordinator/review/kept_judgement.h"
#include "coordinator/text/text_file.h"

namespace invocator {
namespace {

std::string Lines(absl::string_view name,
                  const std::vector<std::string>& texts) {
  std::string lines;
  for (const std::string& text : texts) {
    absl::StrAppendFormat(&lines, "%-12s %s\n", name, CleanLine(text));
  }
  return lines;
}

bool WriteReports(const CheckOptions& options, const KeptRun& run,
                  const std::vector<ThresholdResult>& results) {
  // As private as what they are made of.
  const Readers readers = run.is_private ? Readers::kOwner : Readers::kUmask;
  bool all_ok = true;
  const auto note = [&](const absl::Status& status) {
    if (status.ok()) return;
    PrintError(status);
    all_ok = false;
  };
  if (!options.junit.empty()) {
    note(WriteTextFile(options.junit, JUnitXml(run.report, results), readers));
  }
  if (!options.markdown.empty()) {
    note(AppendTextFile(options.markdown, MarkdownReport(run.report, results),
                        readers));
  }
  return all_ok;
}

}  // namespace

std::string JudgementText(const KeptRun& run,
                          const std::vector<ThresholdResult>& results) {
  const RunReport& report = run.report;
  std::string text = absl::StrFormat(
      "%s: %s in %.1f s, seed %d%s\n\n", CleanLine(report.test_name),
      Counted(report.instances.size(), "instance"), report.completed_span_s,
      report.seed, report.interrupted ? ", INTERRUPTED" : "");
  absl::StrAppend(
      &text, results.empty() ? "thresholds   none\n" : ThresholdLines(results),
      Lines("verdict",
            {absl::StrCat(VerdictName(report.verdict.state), ": ",
                          absl::StrJoin(report.verdict.reasons, "; "))}));
  if (run.aborted_by) {
    absl::StrAppend(
        &text, Lines("ABORTED BY",
                     {run.aborted_by->instance.empty()
                          ? run.aborted_by->check
                          : absl::StrCat(run.aborted_by->check, " of instance ",
                                         run.aborted_by->instance)}));
  }
  if (!report.stopped.empty()) {
    absl::StrAppend(&text, Lines("STOPPED", {report.stopped}));
  }
  for (const MemoryReport& memory : report.memory) {
    absl::StrAppend(
        &text,
        Lines("MEMORY", {absl::StrCat(memory.application, " not ",
                                      memory.memory_mb, " MB throughout")}));
  }
  const Totals books = report.Books();
  absl::StrAppendFormat(
      &text, "%s%sresult       schedule %s; %d of %s succeeded%s\n",
      Lines("LOST", report.losses), Lines("BOOKS", report.book_errors),
      VerdictName(report.verdict.state), books.Of(Outcome::kOk),
      Counted(books.planned, "call"),
      results.empty() ? "" : absl::StrCat("; thresholds: ", MetText(results)));
  return text;
}

int ExitCodeOf(const KeptRun& run,
               const std::vector<ThresholdResult>& results) {
  const RunReport& report = run.report;
  if (!report.book_errors.empty() || !report.memory.empty()) {
    return kExitNotCarriedOut;
  }
  if (report.interrupted) return kExitInterrupted;
  if (!report.stopped.empty() || !report.losses.empty()) {
    return kExitNotCarriedOut;
  }
  return std::any_of(results.begin(), results.end(),
                     [](const ThresholdResult& r) { return r.fails(); })
             ? kExitThresholdMissed
             : kExitOk;
}

int CheckFinishedRun(const CheckOptions& options) {
  const absl::StatusOr<KeptRun> run = ReadRunFolder(options.folder);
  if (!run.ok()) {
    PrintError(run.status());
    return kExitBadUsage;
  }
  const std::vector<ThresholdResult> results =
      JudgeKeptRun(*run, options.thresholds);
  const bool all_written = WriteReports(options, *run, results);
  const absl::Status printed = Print(JudgementText(*run, results));
  if (!printed.ok()) PrintError(printed);
  return all_written && printed.ok() ? ExitCodeOf(*run, results)
                                     : kExitNotCarriedOut;
}

}  // namespace invocator
