#include "coordinator/review/comparison_table.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/words/foreign_text.h"
#include "common/words/listing.h"
#include "coordinator/cost/cost_report.h"
#include "coordinator/report/run_judgement.h"
#include "coordinator/report/threshold_text.h"
#include "coordinator/review/change_judgement.h"
#include "coordinator/review/kept_judgement.h"
#include "coordinator/text/display_width.h"
#include "coordinator/text/latency_text.h"
#include "coordinator/text/text_table.h"

namespace invocator {
namespace {

constexpr size_t kMaxInstanceRows = 20;
constexpr size_t kMaxThresholdRows = 40;
constexpr size_t kMaxNameColumns = 40;

using Runs = absl::Span<const KeptRun>;

enum class Quantity { kCount, kShare, kLatency, kRate, kMs, kMoney };

struct Row {
  std::string name;
  Quantity quantity;
  std::function<std::optional<double>(const KeptRun&)> value;
  // What has an interval, as in a threshold.
  std::optional<Threshold> subject = std::nullopt;
};

std::string ValueWords(Quantity quantity, double value,
                       const RunReport& report) {
  switch (quantity) {
    case Quantity::kCount:
      return absl::StrFormat("%.0f", value);
    case Quantity::kShare:
      return absl::StrFormat("%.2f %%", value);
    case Quantity::kLatency:
      return FormatLatency(std::llround(value));
    case Quantity::kRate:
      return absl::StrFormat("%.1f/s", value);
    case Quantity::kMs:
      return absl::StrFormat("%.1f ms", value);
    case Quantity::kMoney:
      break;
  }
  return FormatMoney(std::llround(value * 1e9), report.cost->currency);
}

// Change in points for shares, in calls for counts, else in percent; nullopt
// for a percentage of zero.
std::optional<double> ChangeOf(Quantity quantity, double before, double after) {
  if (quantity == Quantity::kCount || quantity == Quantity::kShare) {
    return after - before;
  }
  if (before == after) return 0;
  if (before == 0) return std::nullopt;
  return 100 * (after - before) / before;
}

std::string ChangeWords(Quantity quantity, double change) {
  switch (quantity) {
    case Quantity::kCount:
      return absl::StrFormat("%+.0f", change);
    case Quantity::kShare:
      return absl::StrFormat("%+.2f pp", change);
    default:
      return absl::StrFormat("%+.1f %%", change);
  }
}

// Change to the last value; a range with several earlier values.
std::string ChangeCell(Quantity quantity,
                       const std::vector<std::optional<double>>& values) {
  std::vector<double> changes;
  const std::optional<double>& last = values.back();
  for (size_t i = 0; i + 1 < values.size() && last; ++i) {
    if (!values[i]) continue;
    if (const auto change = ChangeOf(quantity, *values[i], *last)) {
      changes.push_back(*change);
    }
  }
  if (changes.empty()) return "";
  const auto [least, most] =
      std::minmax_element(changes.begin(), changes.end());
  const std::string from = ChangeWords(quantity, *least);
  const std::string to = ChangeWords(quantity, *most);
  return from == to ? from : absl::StrCat(from, " .. ", to);
}

// Adds a row with value(index) of each run, unless no run has a value.
// `range`: of the change; may be empty.
void AddCells(std::string name, Quantity quantity,
              absl::FunctionRef<std::optional<double>(size_t)> value, Runs runs,
              TextTable& table, const std::string& range = "") {
  std::vector<std::optional<double>> values;
  std::vector<std::string> cells = {std::move(name)};
  bool has_any = false;
  for (size_t i = 0; i < runs.size(); ++i) {
    values.push_back(value(i));
    has_any = has_any || values[i].has_value();
    cells.push_back(values[i] ? ValueWords(quantity, *values[i], runs[i].report)
                              : "-");
  }
  if (!has_any) return;
  cells.push_back(absl::StrCat(ChangeCell(quantity, values),
                               range.empty() ? "" : " (", range,
                               range.empty() ? "" : ")"));
  table.AddRow(std::move(cells));
}

std::optional<double> Ratio(uint64_t part, uint64_t whole, double scale = 1) {
  if (whole == 0) return std::nullopt;
  return scale * static_cast<double>(part) / static_cast<double>(whole);
}

// Nullopt for 0, so that rows of zeros are left out.
std::optional<double> Some(uint64_t count) {
  if (count == 0) return std::nullopt;
  return static_cast<double>(count);
}

// A percentile of a latency, or a share of calls (0: no percentile).
Threshold SubjectOf(absl::string_view metric, double ratio = 0) {
  Threshold subject;
  subject.metric = *std::find_if(
      Metrics().begin(), Metrics().end(),
      [metric](const Metric& each) { return each.name == metric; });
  subject.is_share = subject.metric.IsCount();
  if (!subject.is_share) subject.aggregate = Aggregate::kPercentile;
  subject.percentile_millionths =
      static_cast<uint32_t>(std::llround(ratio * 1e8));
  return subject;
}

// Ranges of the changes of all rows that have a subject, by row.
std::vector<std::string> RangesOf(const std::vector<Row>& rows, Runs runs) {
  WorkloadThresholds subjects;
  for (const Row& row : rows) {
    if (row.subject) subjects.run.push_back(*row.subject);
  }
  std::vector<std::vector<ThresholdResult>> by_subject(subjects.run.size());
  for (const KeptRun& run : runs) {
    std::vector<ThresholdResult> results = JudgeRun(subjects, run.report);
    for (size_t i = 0; i < results.size(); ++i) {
      by_subject[i].push_back(std::move(results[i]));
    }
  }
  std::vector<std::string> ranges;
  size_t next = 0;
  for (const Row& row : rows) {
    ranges.emplace_back();
    if (!row.subject) continue;
    const auto change = KnownChangeOf(by_subject[next++]);
    if (!change) continue;
    const Interval& difference = change->difference;
    if (!difference.low && !difference.high) continue;
    ranges.back() = ChangeRange(*change, row.quantity == Quantity::kShare);
  }
  return ranges;
}

std::vector<Row> CountRows() {
  const auto total = [](auto value) {
    return [value](const KeptRun& run) { return value(run.report.total); };
  };
  using Value = std::optional<double>;
  std::vector<Row> rows = {
      {"planned", Quantity::kCount,
       total([](const Totals& t) -> Value { return double(t.planned); })},
      {"sent", Quantity::kCount,
       total([](const Totals& t) -> Value { return double(t.sent); })},
      {"dropped", Quantity::kCount,
       total([](const Totals& t) { return Some(t.dropped); })},
      {"unsent", Quantity::kCount,
       total([](const Totals& t) { return Some(t.unsent); })},
      {"sent rate", Quantity::kRate,
       [](const KeptRun& run) -> Value {
         return run.report.RatesOf(run.report.total).sent;
       }},
      {"ok", Quantity::kShare, total([](const Totals& t) {
         return Ratio(t.Of(Outcome::kOk), t.sent, 100);
       }),
       SubjectOf("ok")}};
  for (size_t i = 0; i < kOutcomes; ++i) {
    rows.push_back(
        {std::string(OutcomeName(static_cast<Outcome>(i))), Quantity::kCount,
         total([i](const Totals& t) { return Some(t.outcomes[i]); })});
    if (i == 0) rows.back().name = "ok calls";
  }
  rows.push_back({"cold", Quantity::kShare, total([](const Totals& t) {
                    return Ratio(t.cold, t.cold + t.warm, 100);
                  })});
  rows.push_back({"billed mean", Quantity::kMs, total([](const Totals& t) {
                    return Ratio(t.billed_ms, t.billed_count);
                  })});
  rows.push_back({"cost per million", Quantity::kMoney,
                  [](const KeptRun& run) { return run.cost_per_million; }});
  return rows;
}

std::optional<double> QuantileOf(const Histogram& histogram, double ratio) {
  if (histogram.count() == 0) return std::nullopt;
  return static_cast<double>(histogram.QuantileNs(ratio));
}

std::vector<Row> LatencyRows() {
  struct Latency {
    const char* name;
    const char* metric;
    Histogram Totals::*member;
  };
  constexpr Latency kLatencies[] = {
      {"lateness", "lateness", &Totals::lateness},
      {"first byte", "first_byte", &Totals::first_byte},
      {"service", "service", &Totals::service},
      {"response", "response", &Totals::response}};
  constexpr std::pair<const char*, double> kRatios[] = {
      {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"max", 1}};
  std::vector<Row> rows;
  for (const auto& [name, metric, member] : kLatencies) {
    for (const auto& [percentile, ratio] : kRatios) {
      rows.push_back({absl::StrCat(name, " ", percentile), Quantity::kLatency,
                      [member = member, ratio = ratio](const KeptRun& run) {
                        return QuantileOf(run.report.total.*member, ratio);
                      },
                      SubjectOf(metric, ratio)});
    }
  }
  return rows;
}

std::vector<std::string> Headings(std::string first, Runs runs) {
  std::vector<std::string> headings = {std::move(first)};
  for (size_t i = 0; i < runs.size(); ++i) headings.push_back(ComparedName(i));
  headings.push_back("change");
  return headings;
}

}  // namespace

std::string ValueTable(Runs runs) {
  TextTable table(Headings("", runs));
  for (const std::vector<Row>& rows : {CountRows(), LatencyRows()}) {
    const std::vector<std::string> ranges = RangesOf(rows, runs);
    for (size_t r = 0; r < rows.size(); ++r) {
      const Row& row = rows[r];
      AddCells(
          row.name, row.quantity, [&](size_t i) { return row.value(runs[i]); },
          runs, table, ranges[r]);
    }
  }
  return table.ToString();
}

std::string ThresholdTable(Runs runs) {
  std::vector<std::pair<std::string, std::vector<std::string>>> rows;
  absl::flat_hash_map<std::string, size_t> known;
  std::vector<std::string> met = {"thresholds"};
  for (size_t i = 0; i < runs.size(); ++i) {
    const std::vector<ThresholdResult> results = JudgeKeptRun(runs[i]);
    met.push_back(results.empty() ? "-" : MetText(results));
    for (const ThresholdResult& result : results) {
      std::string name = absl::StrCat("  ", ScopeText(result), ": ",
                                      CheckText(result.threshold));
      const auto [at, is_new] = known.try_emplace(name, rows.size());
      if (is_new) {
        rows.emplace_back(std::move(name),
                          std::vector<std::string>(runs.size(), "-"));
      }
      rows[at->second].second[i] =
          absl::StrCat(ThresholdStateName(result.state),
                       result.value ? ", " : "", ValueText(result));
    }
  }
  if (rows.empty()) return "";
  met.push_back("");
  std::vector<std::string> headings = Headings("", runs);
  headings.back() = "";
  TextTable table(std::move(headings));
  table.AddRow(std::move(met));
  const size_t shown = std::min(rows.size(), kMaxThresholdRows);
  for (size_t i = 0; i < shown; ++i) {
    std::vector<std::string> cells = {std::move(rows[i].first)};
    for (std::string& cell : rows[i].second) cells.push_back(std::move(cell));
    cells.push_back("");
    table.AddRow(std::move(cells));
  }
  return absl::StrCat(
      table.ToString(),
      shown < rows.size()
          ? absl::StrCat("... and ", Counted(rows.size() - shown, "threshold"),
                         " more, see invocator check\n")
          : "");
}

std::string InstanceTable(Runs runs) {
  if (std::all_of(runs.begin(), runs.end(), [](const KeptRun& run) {
        return run.report.instances.size() < 2;
      })) {
    return "";
  }
  using Index = absl::flat_hash_map<absl::string_view, const Totals*>;
  std::vector<Index> indexes;
  for (const KeptRun& run : runs) {
    Index& index = indexes.emplace_back();
    for (const auto& [name, totals] : run.report.instances) {
      index.emplace(name, &totals);
    }
  }
  TextTable table(Headings("p99 response of", runs));
  size_t common = 0;
  for (const auto& [name, totals] : runs.back().report.instances) {
    std::vector<const Totals*> found;
    for (const Index& index : indexes) {
      const auto at = index.find(name);
      if (at != index.end()) found.push_back(at->second);
    }
    if (found.size() < runs.size() || ++common > kMaxInstanceRows) continue;
    AddCells(
        std::string(FirstColumns(CleanLine(name), kMaxNameColumns)),
        Quantity::kLatency,
        [&](size_t i) { return QuantileOf(found[i]->response, 0.99); }, runs,
        table);
  }
  if (common == 0) return "";
  return absl::StrCat(
      table.ToString(),
      common > kMaxInstanceRows
          ? absl::StrCat("... and ",
                         Counted(common - kMaxInstanceRows, "instance"),
                         " more, see summary.json\n")
          : "");
}

}  // namespace invocator
