#include "coordinator/report/text_report.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/result/outcome.h"
#include "common/words/foreign_text.h"
#include "common/words/listing.h"
#include "coordinator/cost/cost_report.h"
#include "coordinator/report/failure_text.h"
#include "coordinator/report/shown_interval.h"
#include "coordinator/report/threshold_text.h"
#include "coordinator/text/display_width.h"
#include "coordinator/text/latency_text.h"

namespace invocator {
namespace {

// More instances than this are summed up in one line; summary.json has all.
constexpr size_t kMaxInstanceRows = 20;

uint64_t Ok(const Totals& totals) {
  return totals.outcomes[static_cast<size_t>(Outcome::kOk)];
}

std::string LatencyRow(absl::string_view name, const Histogram& histogram) {
  std::string row = absl::StrFormat("%-12s", name);
  const int64_t values[] = {std::llround(histogram.MeanNs()),
                            histogram.QuantileNs(0.5),
                            histogram.QuantileNs(0.9),
                            histogram.QuantileNs(0.99),
                            histogram.QuantileNs(0.999),
                            histogram.QuantileNs(0.9999),
                            histogram.max_ns()};
  for (int64_t value : values) {
    absl::StrAppendFormat(&row, " %10s", FormatLatency(value));
  }
  return row + "\n";
}

void AddWarmthRows(const Histogram& cold, const Histogram& warm,
                   std::string& text) {
  if (cold.count() > 0) absl::StrAppend(&text, LatencyRow("  cold", cold));
  if (warm.count() > 0) absl::StrAppend(&text, LatencyRow("  warm", warm));
}

std::string InstanceRows(const RunReport& report) {
  size_t width = 12;
  for (const auto& [name, totals] : report.instances) {
    width = std::clamp(DisplayWidth(CleanLine(name)), width, size_t{32});
  }
  std::string rows = absl::StrFormat(
      "%s %10s %10s %10s %10s %10s %10s %10s\n", PadRight("", width), "planned",
      "sent", "ok", "not ok", "dropped", "unsent", "p99");
  auto add = [&](absl::string_view name, const Totals& t,
                 const Histogram& response) {
    const std::string shown = CleanLine(name);
    absl::StrAppendFormat(&rows, "%s %10d %10d %10d %10d %10d %10d %10s\n",
                          PadRight(FirstColumns(shown, width), width),
                          t.planned, t.sent, Ok(t), t.sent - Ok(t), t.dropped,
                          t.unsent, FormatLatency(response.QuantileNs(0.99)));
  };
  if (report.instances.size() > 1) {
    const size_t shown = std::min(report.instances.size(), kMaxInstanceRows);
    for (size_t i = 0; i < shown; ++i) {
      add(report.instances[i].first, report.BooksOf(i),
          report.instances[i].second.response);
    }
    if (shown < report.instances.size()) {
      absl::StrAppend(&rows, "... and ",
                      Counted(report.instances.size() - shown, "instance"),
                      " more, see summary.json\n");
    }
  }
  add("total", report.Books(), report.total.response);
  return rows;
}

std::string OutcomeList(const Totals& totals) {
  std::vector<std::string> parts;
  for (size_t i = 0; i < kOutcomes; ++i) {
    if (totals.outcomes[i] == 0) continue;
    parts.push_back(absl::StrCat(OutcomeName(static_cast<Outcome>(i)), " ",
                                 totals.outcomes[i]));
  }
  return parts.empty() ? "none" : absl::StrJoin(parts, ", ");
}

// "128 MB", if that is what it had.
std::string SizeWords(const MemoryReport& memory) {
  if (!memory.overlap_found_mb) return absl::StrCat(memory.memory_mb, " MB");
  return absl::StrCat("not ", memory.memory_mb,
                      " MB throughout: ", *memory.overlap_found_mb,
                      " MB at the end");
}

std::string BeforeWords(const MemoryReport& memory) {
  if (memory.state == "unchanged") return "";
  return absl::StrCat(
      " (", memory.before_mb, " MB before, ",
      memory.restore_command.empty()
          ? memory.state
          : absl::StrCat("not restored: ", memory.restore_command),
      ")");
}

std::string MemoryWords(const RunReport& report) {
  std::vector<std::string> parts;
  for (const MemoryReport& memory : report.memory) {
    parts.push_back(absl::StrCat(memory.application, " ", SizeWords(memory),
                                 BeforeWords(memory)));
    if (parts.size() == kMaxInstanceRows) break;
  }
  if (parts.size() < report.memory.size()) parts.push_back("...");
  return absl::StrJoin(parts, ", ");
}

std::string DigestWords(const Totals& totals) {
  const std::string planned =
      absl::StrCat(absl::Hex(totals.planned_digest, absl::kZeroPad16));
  return totals.planned_digest == totals.sent_digest
             ? absl::StrCat(planned, ", sent is equal to planned")
             : absl::StrCat(planned, " planned, ",
                            absl::Hex(totals.sent_digest, absl::kZeroPad16),
                            " sent");
}

std::string BoundText(const std::optional<double>& ns) {
  return ns ? FormatLatency(static_cast<int64_t>(*ns)) : "?";
}

// "known, 212 ms (99 %: 205 ms .. 219 ms) at 60 s"
std::string PrecisionText(const PrecisionResult& result) {
  if (result.looks.empty()) {
    return absl::StrCat("not known: fewer than ", PrecisionWatch::kFirstLook,
                        " bins were played after the warm-up");
  }
  const PrecisionLook& look = result.looks.back();
  const Interval& interval = look.interval;
  std::string text = result.known() ? "known, "
                     : look.within  ? "not known, at one look only: "
                                    : "not known, ";
  if (interval.unknown == Unknown::kNothing) {
    absl::StrAppend(&text, BoundText(interval.estimate),
                    " (99 %: ", BoundText(interval.low), " .. ",
                    BoundText(interval.high), ")");
  } else {
    absl::StrAppend(&text, UnknownText(interval));
  }
  return absl::StrCat(text, " at ", look.at_s, " s");
}

std::string UntilLines(const RunReport& report) {
  std::string text;
  for (const PrecisionResult& result : report.until) {
    absl::StrAppend(&text, "until        ", GoalText(result.goal), ": ",
                    PrecisionText(result), "\n");
  }
  if (!report.stopped_at_s) return text;
  absl::StrAppendFormat(&text, "ended early  at %g s of %g s\n",
                        *report.stopped_at_s, report.planned_span_s);
  for (const WorkerReport& worker : report.workers) {
    if (!worker.stopped_at_s) continue;
    absl::StrAppendFormat(
        &text, "ended early  worker %s at %.3f s: the order came too late\n",
        CleanLine(worker.name), *worker.stopped_at_s);
  }
  return text;
}

// Gaps that matter: 0.1 % of the spinning, or one above 1 ms.
std::string GapLines(const RunReport& report) {
  constexpr double kNoticedShare = 1e-3;
  constexpr double kNoticedS = 1e-3;
  std::string text;
  size_t more = 0;
  for (const WorkerReport& worker : report.workers) {
    for (size_t i = 0; i < worker.engines.size(); ++i) {
      const CoreGapFacts& gaps = worker.engines[i].gaps;
      if (gaps.Share() < kNoticedShare && gaps.longest_s <= kNoticedS) continue;
      if (text.size() > 2000) {
        ++more;
        continue;
      }
      const std::string of = report.workers.size() > 1
                                 ? absl::StrCat("worker ", worker.name, "'s ")
                                 : "";
      absl::StrAppend(&text, "cores        ",
                      CleanLine(GapText(
                          {absl::StrCat(of, "engine ", i), worker.engines[i]})),
                      "\n");
    }
  }
  if (more > 0) {
    absl::StrAppend(&text, "             ... and ", Counted(more, "engine"),
                    " more, see summary.json\n");
  }
  return text;
}

std::string VersionLines(const RunReport& report) {
  std::string text;
  for (const VersionsReport& versions : report.versions) {
    for (size_t i = 0; i < versions.changes.size(); ++i) {
      const auto name = [&](size_t version) {
        return CleanLine(report.instances[versions.first + version].first);
      };
      absl::StrAppend(&text, "versions     ", name(0), " to ", name(i + 1),
                      versions.changes[i].empty()
                          ? ", not known by bin: among the instances with few "
                            "calls\n"
                          : "\n");
      for (const VersionChange& change : versions.changes[i]) {
        text += VersionChangeLine(change);
      }
    }
  }
  for (const VersionCheck& check : report.version_checks) {
    absl::StrAppend(&text, check.is_beyond ? "FAIL-IF      " : "fail-if      ",
                    CleanLine(check.instance), ": ",
                    ChangeLimitText(check.limit.limit),
                    check.is_beyond ? " holds\n" : " does not hold\n",
                    check.change ? VersionChangeLine(*check.change) : "");
  }
  return text;
}

}  // namespace

std::string TextReport(const RunReport& report) {
  const Totals& total = report.total;
  const Totals books = report.Books();
  size_t workers = 0;
  size_t engines = 0;
  for (const WorkerReport& worker : report.workers) {
    if (!worker.name.empty()) ++workers;
    engines += worker.engines.size();
  }
  std::string text = absl::StrFormat(
      "%s: %s, %s, %s in %.1f s, seed %d%s\n\n", CleanLine(report.test_name),
      Counted(report.instances.size(), "instance"), Counted(workers, "worker"),
      Counted(engines, "engine"), report.completed_span_s, report.seed,
      report.interrupted  ? ", INTERRUPTED"
      : report.aborted_by ? ", ABORTED"
                          : "");
  absl::StrAppend(&text, InstanceRows(report));
  if (report.warmup_s > 0) {
    absl::StrAppendFormat(
        &text, "warm-up      %g s with %s, excluded from rates and latencies\n",
        report.warmup_s, Counted(report.warmup_total.sent, "call"));
  }
  const RunReport::Rates rates = report.RatesOf(total);
  absl::StrAppendFormat(
      &text, "\nrate         planned %.1f/s, sent %.1f/s, completed %.1f/s\n",
      rates.planned, rates.sent, rates.completed);
  absl::StrAppendFormat(&text, "outcomes     %s\n", OutcomeList(books));
  absl::StrAppend(&text, FailureText(report));
  absl::StrAppendFormat(&text, "schedule     %s\n", DigestWords(books));
  for (const std::string& departure : report.departures) {
    absl::StrAppend(&text, "left         ", departure, "\n");
  }
  const uint64_t cold = total.cold;
  const uint64_t warm = total.warm;
  if (cold + warm > 0) {
    absl::StrAppendFormat(&text, "cold starts  %d of %d known\n", cold,
                          cold + warm);
  }
  if (books.billed_count > 0) {
    absl::StrAppendFormat(
        &text,
        "billed       %.1f ms mean, %d ms and %.3f GB-s in %s, at "
        "most %d MB used\n",
        static_cast<double>(books.billed_ms) /
            static_cast<double>(books.billed_count),
        books.billed_ms, books.BilledGbSeconds(),
        Counted(books.billed_count, "invocation"), books.memory_used_mb);
  }
  if (!report.memory.empty()) {
    absl::StrAppendFormat(&text, "memory       %s\n",
                          CleanLine(MemoryWords(report)));
  }
  if (report.cost && report.cost->applies) {
    absl::StrAppend(&text, "cost         ", CostWords(*report.cost), "\n",
                    AssumptionLines(*report.cost, "             "));
  }
  text += "\n";
  absl::StrAppendFormat(&text, "%-12s %10s %10s %10s %10s %10s %10s %10s\n", "",
                        "mean", "p50", "p90", "p99", "p99.9", "p99.99", "max");
  const auto add = [&](absl::string_view name, const Histogram& histogram,
                       LatencyIntervals RunIntervals::*known) {
    absl::StrAppend(&text, LatencyRow(name, histogram));
    if (report.intervals) {
      absl::StrAppend(&text, IntervalRow(*report.intervals.*known));
    }
  };
  add("lateness", total.lateness, &RunIntervals::lateness);
  if (total.own_lateness.count() > 0) {
    absl::StrAppend(&text, LatencyRow("  own", total.own_lateness));
    absl::StrAppend(&text, LatencyRow("  blocked", total.blocked));
  }
  add("first byte", total.first_byte, &RunIntervals::first_byte);
  add("service", total.service, &RunIntervals::service);
  AddWarmthRows(total.cold_service, total.warm_service, text);
  if (total.init.count() > 0) {
    absl::StrAppend(&text, LatencyRow("  init", total.init));
  }
  add("response", total.response, &RunIntervals::response);
  AddWarmthRows(total.cold_response, total.warm_response, text);
  if (report.intervals) {
    absl::StrAppend(&text, IntervalLines(*report.intervals, report.warmup_s));
  }
  absl::StrAppend(&text, GapLines(report), VersionLines(report));
  absl::StrAppend(&text, "\nverdict      ", VerdictName(report.verdict.state),
                  ": ", CleanLine(absl::StrJoin(report.verdict.reasons, "; ")),
                  "\n");
  absl::StrAppend(&text, ThresholdLines(report.thresholds));
  absl::StrAppend(&text, UntilLines(report));
  if (report.aborted_by) {
    absl::StrAppend(&text, "ABORTED      ", AbortText(*report.aborted_by),
                    "\n");
  }
  if (!report.stopped.empty()) {
    absl::StrAppend(&text, "STOPPED      ", report.stopped, "\n");
  }
  for (const std::string& error : report.book_errors) {
    absl::StrAppend(&text, "BOOKS        ", CleanLine(error), "\n");
  }
  // The verdict is the generator's alone: read by itself it would sound like
  // success where every call has failed.
  absl::StrAppendFormat(&text, "result       schedule %s; %d of %s succeeded",
                        VerdictName(report.verdict.state), Ok(books),
                        Counted(books.planned, "call"));
  if (!report.thresholds.empty()) {
    absl::StrAppend(&text, "; thresholds: ", MetText(report.thresholds));
  }
  text += "\n";
  return text;
}

}  // namespace invocator
