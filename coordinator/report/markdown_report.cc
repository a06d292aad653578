#include "coordinator/report/markdown_report.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "common/words/foreign_text.h"
#include "common/words/listing.h"
#include "coordinator/report/threshold_text.h"
#include "coordinator/text/latency_text.h"

namespace invocator {
namespace {

// GitHub accepts 1 MiB of summary; a row is below 1 KiB.
constexpr size_t kMaxRows = 200;
constexpr size_t kMaxBullets = 20;
constexpr size_t kMaxTextBytes = 300;

std::string Bullets(absl::string_view label,
                    const std::vector<std::string>& phrases) {
  std::string text;
  const size_t shown = std::min(phrases.size(), kMaxBullets);
  for (size_t i = 0; i < shown; ++i) {
    absl::StrAppend(&text, "- ", label, CodeSpan(phrases[i]), "\n");
  }
  if (shown < phrases.size()) {
    absl::StrAppend(&text, "- ", label, "and ", phrases.size() - shown,
                    " more, see summary.json\n");
  }
  return text;
}

std::string ThresholdTable(const std::vector<ThresholdResult>& results) {
  if (results.empty()) return "";
  const auto rows = FailingFirst(results, kMaxRows);
  std::string text =
      "\n| threshold | of | state | measured |\n| --- | --- | --- | --- |\n";
  for (const ThresholdResult* row : rows) {
    const absl::string_view state = ThresholdStateName(row->state);
    absl::StrAppend(
        &text, "| ", CodeSpan(CheckText(row->threshold)), " | ",
        row->instance.empty() ? "run" : CodeSpan(row->instance), " | ",
        row->fails() ? absl::StrCat("**", state, "**") : std::string(state),
        " | ", MeasuredText(*row), " |\n");
  }
  if (rows.size() < results.size()) {
    absl::StrAppend(&text, "\nand ",
                    Counted(results.size() - rows.size(), "threshold"),
                    " more, see summary.json\n");
  }
  return text;
}

void AddLatencyRow(absl::string_view name, const Histogram& latency,
                   std::string& text) {
  if (latency.count() == 0) return;
  absl::StrAppend(&text, "| ", name, " | ", latency.count());
  for (int64_t ns : {static_cast<int64_t>(std::llround(latency.MeanNs())),
                     latency.QuantileNs(0.5), latency.QuantileNs(0.9),
                     latency.QuantileNs(0.99), latency.QuantileNs(0.999),
                     latency.max_ns()}) {
    absl::StrAppend(&text, " | ", FormatLatency(ns));
  }
  absl::StrAppend(&text, " |\n");
}

std::string LatencyTable(const Totals& total) {
  std::string rows;
  AddLatencyRow("lateness", total.lateness, rows);
  AddLatencyRow("service", total.service, rows);
  AddLatencyRow("first byte", total.first_byte, rows);
  AddLatencyRow("response", total.response, rows);
  if (rows.empty()) return "";
  return absl::StrCat(
      "\n| | calls | mean | p50 | p90 | p99 | p99.9 | max |\n"
      "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
      rows);
}

}  // namespace

std::string CodeSpan(absl::string_view text) {
  const std::string line = absl::StrReplaceAll(CleanLine(text, kMaxTextBytes),
                                               {{"`", "'"}, {"|", "\u00A6"}});
  // Two adjacent backquotes are not a code span.
  return absl::StrCat("`", line.empty() ? " " : line, "`");
}

std::string MarkdownReport(const RunReport& report,
                           const std::vector<ThresholdResult>& results) {
  const Totals& total = report.total;
  const Totals books = report.Books();
  const uint64_t ok = books.Of(Outcome::kOk);
  std::string text = absl::StrFormat(
      "### %s: schedule %s%s%s\n\n",
      CodeSpan(report.test_name + report.variant),
      VerdictName(report.verdict.state),
      report.aborted_by ? ", **aborted**" : "",
      results.empty() ? "" : absl::StrCat(", thresholds ", MetText(results)));
  absl::StrAppendFormat(&text, "%d of %s succeeded in %.1f s%s.\n\n", ok,
                        Counted(books.planned, "call"), report.completed_span_s,
                        report.interrupted ? ", interrupted" : "");
  if (!report.stopped.empty()) {
    absl::StrAppend(&text, Bullets("stopped: ", {report.stopped}));
  }
  std::vector<std::string> goals;
  for (const PrecisionResult& result : report.until) {
    goals.push_back(absl::StrCat(GoalText(result.goal), ": ",
                                 result.known() ? "known" : "not known"));
  }
  if (report.stopped_at_s) {
    goals.push_back(absl::StrCat("ended early, at ", *report.stopped_at_s,
                                 " s of ", report.planned_span_s, " s"));
  }
  absl::StrAppend(&text, Bullets("until: ", goals));
  absl::StrAppend(&text, Bullets("", report.verdict.reasons),
                  Bullets("books: ", report.book_errors),
                  ThresholdTable(results), LatencyTable(total));
  return text;
}

}  // namespace invocator
