#include "coordinator/review/comparison.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "common/words/foreign_text.h"
#include "common/words/listing.h"
#include "coordinator/review/change_judgement.h"
#include "coordinator/review/comparison_table.h"
#include "coordinator/text/display_width.h"

namespace invocator {
namespace {

using Runs = absl::Span<const KeptRun>;

std::string Line(absl::string_view name, absl::string_view text) {
  return absl::StrCat(PadRight(name, 12), " ", CleanLine(text), "\n");
}

std::string HeadLine(const KeptRun& run, size_t index) {
  const RunReport& report = run.report;
  return Line(
      ComparedName(index),
      absl::StrCat(run.folder, ": ", report.test_name, ", ",
                   absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", report.started_at,
                                    absl::UTCTimeZone()),
                   ", schedule ", VerdictName(report.verdict.state),
                   report.interrupted ? ", INTERRUPTED" : "",
                   report.stopped.empty() ? "" : ", STOPPED",
                   report.losses.empty() ? "" : ", LOAD LOST",
                   report.book_errors.empty() ? "" : ", BOOKS DO NOT BALANCE"));
}

// "seed 1, 2"; empty if all runs have the same.
std::string Difference(absl::string_view name, Runs runs,
                       absl::FunctionRef<std::string(const RunReport&)> value) {
  std::vector<std::string> values;
  for (const KeptRun& run : runs) values.push_back(value(run.report));
  if (std::all_of(values.begin(), values.end(),
                  [&](const std::string& v) { return v == values[0]; })) {
    return "";
  }
  return absl::StrCat(name, " ", absl::StrJoin(values, ", "));
}

std::string ScheduleText(Runs runs) {
  const uint64_t digest = runs[0].report.total.planned_digest;
  const bool is_same =
      std::all_of(runs.begin(), runs.end(), [digest](const KeptRun& run) {
        return run.report.total.planned_digest == digest;
      });
  return is_same
             ? absl::StrCat("the same: ", absl::Hex(digest, absl::kZeroPad16))
             : "not the same: this alone may change the results";
}

// Lists for each run the instances that only other runs have.
std::string MissingInstances(Runs runs) {
  using Names = absl::flat_hash_set<absl::string_view>;
  std::vector<Names> names;
  for (const KeptRun& run : runs) {
    Names& of_run = names.emplace_back();
    for (const auto& [name, totals] : run.report.instances) {
      of_run.insert(name);
    }
  }
  std::string text;
  for (size_t i = 0; i < runs.size(); ++i) {
    std::vector<std::string> missing;
    Names seen = names[i];
    for (const KeptRun& run : runs) {
      for (const auto& [name, totals] : run.report.instances) {
        if (seen.insert(name).second) missing.push_back(name);
      }
    }
    if (missing.empty()) continue;
    text += Line("instances",
                 absl::StrCat(ComparedName(i), " lacks ", FirstFew(missing)));
  }
  return text;
}

}  // namespace

std::string ComparisonText(Runs runs) {
  std::string text;
  for (size_t i = 0; i < runs.size(); ++i) text += HeadLine(runs[i], i);
  text += Line("schedule", ScheduleText(runs));
  for (const std::string& difference :
       {Difference("test", runs,
                   [](const RunReport& report) { return report.test_name; }),
        Difference(
            "seed", runs,
            [](const RunReport& report) { return absl::StrCat(report.seed); }),
        Difference("duration", runs,
                   [](const RunReport& report) {
                     return absl::StrCat(report.planned_span_s, " s");
                   }),
        Difference("cost", runs,
                   [](const RunReport& report) {
                     return std::string(report.cost && report.cost->applies
                                            ? CostBasis(*report.cost)
                                            : "none");
                   }),
        Difference("warm-up", runs, [](const RunReport& report) {
          return absl::StrCat(report.warmup_s, " s");
        })}) {
    if (!difference.empty()) text += Line("differs", difference);
  }
  absl::StrAppend(&text, MissingInstances(runs), "\n", ValueTable(runs));
  for (const std::string& table : {ThresholdTable(runs), InstanceTable(runs)}) {
    if (!table.empty()) absl::StrAppend(&text, "\n", table);
  }
  return text;
}

}  // namespace invocator
