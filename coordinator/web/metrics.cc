#include "coordinator/web/metrics.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "common/words/utf8.h"
#include "coordinator/timeline/timeline.h"

namespace invocator {
namespace {

// In the order of WorkerState.
constexpr absl::string_view kWorkerStateNames[kWorkerStates] = {
    "waiting", "playing", "done", "left", "lost"};

using Labels = std::vector<std::pair<absl::string_view, absl::string_view>>;

// A label value: backslash, quote and line end are escaped. Bytes that are not
// UTF-8, for which Prometheus would reject the whole text, are replaced.
std::string Quoted(absl::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const std::optional<CodePoint> point = FirstCodePoint(text);
    const size_t bytes = point ? point->bytes : 1;
    if (!point) {
      quoted += kReplacementCharacter;
    } else if (text[0] == '\n') {
      quoted += "\\n";
    } else {
      if (text[0] == '"' || text[0] == '\\') quoted += '\\';
      absl::StrAppend(&quoted, text.substr(0, bytes));
    }
    text.remove_prefix(bytes);
  }
  return quoted + "\"";
}

class MetricsWriter {
 public:
  void Begin(absl::string_view name, absl::string_view type,
             absl::string_view help) {
    name_ = std::string(name);
    absl::StrAppend(&text_, "# HELP invocator_", name, " ", help,
                    "\n# TYPE invocator_", name, " ", type, "\n");
  }
  void Sample(const Labels& labels, uint64_t value) {
    Line("", labels, absl::StrCat(value));
  }
  void Line(absl::string_view suffix, const Labels& labels,
            absl::string_view value) {
    absl::StrAppend(&text_, "invocator_", name_, suffix);
    char before = '{';
    for (const auto& [label, of_label] : labels) {
      absl::StrAppend(&text_, absl::string_view(&before, 1), label, "=",
                      Quoted(of_label));
      before = ',';
    }
    absl::StrAppend(&text_, labels.empty() ? "" : "}", " ", value, "\n");
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
};

// Seconds with all nine digits that count.
std::string BorderText(int64_t ns) {
  std::string text =
      absl::StrFormat("%d.%09d", ns / 1'000'000'000, ns % 1'000'000'000);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

void WriteHistogram(absl::string_view name, absl::string_view help,
                    const MetricsHistogram& histogram, MetricsWriter& writer) {
  writer.Begin(name, "histogram", help);
  uint64_t sum = 0;
  for (size_t i = 0; i < kMetricsBorders; ++i) {
    sum += histogram.counts[i];
    writer.Line("_bucket", {{"le", BorderText(MetricsBordersNs()[i])}},
                absl::StrCat(sum));
  }
  sum += histogram.counts[kMetricsBorders];
  writer.Line("_bucket", {{"le", "+Inf"}}, absl::StrCat(sum));
  writer.Line("_sum", {}, absl::StrFormat("%.9g", histogram.sum_s));
  writer.Line("_count", {}, absl::StrCat(sum));
}

// The instances, or their sum if they are too many.
struct Rows {
  explicit Rows(const std::vector<InstanceMetrics>& instances)
      : labelled(instances.size() <= kMostLabelledInstances), rows(instances) {
    for (const InstanceMetrics& instance : instances) {
      total.planned += instance.planned;
      total.sent += instance.sent;
      total.dropped += instance.dropped;
      total.unsent += instance.unsent;
      total.cold += instance.cold;
      for (size_t i = 0; i < kOutcomes; ++i) {
        total.outcomes[i] += instance.outcomes[i];
      }
    }
  }

  template <typename Visit>
  void ForEach(Visit visit) const {
    if (!labelled) return visit(Labels(), total);
    for (const InstanceMetrics& row : rows) {
      visit(Labels{{"instance", row.name}}, row);
    }
  }

  const bool labelled;
  const std::vector<InstanceMetrics>& rows;
  InstanceMetrics total;
};

// Planned invocations up to the last bin in which anything happened: a run may
// end early.
uint64_t DueByEnd(const Timeline& timeline) {
  uint64_t planned = 0;
  uint64_t due = 0;
  for (uint32_t bin = 0; bin < timeline.rows(); ++bin) {
    const BinCounts counts = timeline.Counts(bin);
    planned += counts.planned;
    if (counts.sent + counts.dropped + counts.Completed() > 0) due = planned;
  }
  return due;
}

// Such calls have not been completed.
bool IsIncomplete(Outcome outcome) {
  return outcome == Outcome::kAborted || outcome == Outcome::kLost;
}

void WriteCounts(const Rows& rows, uint64_t due, MetricsWriter& writer) {
  const auto by_instance = [&](absl::string_view name, absl::string_view help,
                               uint64_t InstanceMetrics::*count) {
    writer.Begin(name, "counter", help);
    rows.ForEach([&](const Labels& labels, const InstanceMetrics& row) {
      writer.Sample(labels, row.*count);
    });
  };
  const auto of_run = [&](absl::string_view name, absl::string_view help,
                          uint64_t value) {
    writer.Begin(name, "counter", help);
    writer.Sample({}, value);
  };
  by_instance("planned_total", "Invocations of the whole plan.",
              &InstanceMetrics::planned);
  of_run("due_total", "Planned invocations that were due by now.", due);
  by_instance("sent_total", "Invocations sent that have ended.",
              &InstanceMetrics::sent);
  writer.Begin("completed_total", "counter",
               "Invocations that ended by themselves, by outcome.");
  rows.ForEach([&](Labels labels, const InstanceMetrics& row) {
    labels.emplace_back("outcome", "");
    for (size_t i = 0; i < kOutcomes; ++i) {
      const auto outcome = static_cast<Outcome>(i);
      if (IsIncomplete(outcome)) continue;
      labels.back().second = OutcomeName(outcome);
      writer.Sample(labels, row.outcomes[i]);
    }
  });
  by_instance("cold_starts_total", "Invocations known to be cold starts.",
              &InstanceMetrics::cold);
  of_run("dropped_total", "Invocations dropped at the in-flight limit.",
         rows.total.dropped);
  of_run("unsent_total", "Planned invocations that were never due or sent.",
         rows.total.unsent);
  of_run("aborted_total", "Invocations in flight when the drain ended.",
         rows.total.outcomes[static_cast<size_t>(Outcome::kAborted)]);
  of_run("lost_total", "Invocations lost with their worker.",
         rows.total.outcomes[static_cast<size_t>(Outcome::kLost)]);
}

}  // namespace

const std::array<int64_t, kMetricsBorders>& MetricsBordersNs() {
  static const auto borders = [] {
    std::array<int64_t, kMetricsBorders> ns = {
        100'000,        250'000,       500'000,       1'000'000,
        2'500'000,      5'000'000,     10'000'000,    25'000'000,
        50'000'000,     75'000'000,    100'000'000,   150'000'000,
        250'000'000,    500'000'000,   750'000'000,   1'000'000'000,
        2'500'000'000,  5'000'000'000, 7'500'000'000, 10'000'000'000,
        30'000'000'000, 60'000'000'000};
    for (int64_t& border : ns) {
      border = Histogram::CellHighestNs(Histogram::CellIndex(border));
    }
    return ns;
  }();
  return borders;
}

void MetricsHistogram::Add(const Histogram& histogram) {
  const auto& borders = MetricsBordersNs();
  size_t bucket = 0;
  histogram.ForEachCell([&](int cell, uint64_t count) {
    const int64_t highest = Histogram::CellHighestNs(cell);
    while (bucket < kMetricsBorders && highest > borders[bucket]) ++bucket;
    counts[bucket] += count;
  });
  sum_s += histogram.sum_ns() / 1e9;
}

void InstanceMetrics::Add(const Totals& totals) {
  sent += totals.sent;
  dropped += totals.dropped;
  cold += totals.cold;
  for (size_t i = 0; i < kOutcomes; ++i) outcomes[i] += totals.outcomes[i];
}

void MetricsSnapshot::AddLatencies(const Totals& totals) {
  response.Add(totals.response);
  service.Add(totals.service);
  lateness.Add(totals.lateness);
}

MetricsSnapshot FinalMetrics(const RunReport& report) {
  MetricsSnapshot snapshot;
  uint64_t unsent = 0;
  snapshot.run_id = report.run_id;
  snapshot.test_name = report.test_name + report.variant;
  snapshot.version = INVOCATOR_VERSION;
  snapshot.seed = report.seed;
  for (size_t i = 0; i < report.instances.size(); ++i) {
    const auto& [name, totals] = report.instances[i];
    InstanceMetrics& instance = snapshot.instances.emplace_back();
    instance.name = name;
    const Totals books = report.BooksOf(i);
    instance.planned = books.planned;
    instance.unsent = books.unsent;
    instance.Add(books);
    snapshot.due += books.planned;
    unsent += books.unsent;
    snapshot.AddLatencies(totals);
    if (i < report.warmup.size()) snapshot.AddLatencies(report.warmup[i]);
  }
  // Some of the unsent were due, too.
  snapshot.due -= std::min(unsent, snapshot.due);
  if (report.timeline) {
    snapshot.due = std::max(snapshot.due, DueByEnd(*report.timeline));
  }
  for (const WorkerReport& worker : report.workers) {
    if (worker.name.empty()) continue;  // never joined
    ++snapshot.WorkersIn(worker.lost        ? WorkerState::kLost
                         : worker.left_at_s ? WorkerState::kLeft
                                            : WorkerState::kDone);
  }
  return snapshot;
}

std::string MetricsText(const MetricsSnapshot& snapshot) {
  MetricsWriter writer;
  writer.Begin("run_info", "gauge", "The run.");
  const std::string seed = absl::StrCat(snapshot.seed);
  writer.Sample({{"run", snapshot.run_id},
                 {"test", snapshot.test_name},
                 {"seed", seed},
                 {"version", snapshot.version}},
                1);
  WriteCounts(Rows(snapshot.instances), snapshot.due, writer);
  writer.Begin("in_flight", "gauge", "Invocations in flight.");
  writer.Sample({}, snapshot.in_flight);
  writer.Begin("workers", "gauge", "Workers by state.");
  for (size_t i = 0; i < kWorkerStates; ++i) {
    writer.Sample({{"state", kWorkerStateNames[i]}}, snapshot.workers[i]);
  }
  WriteHistogram("response_seconds", "From the planned instant to the end.",
                 snapshot.response, writer);
  WriteHistogram("service_seconds", "From sending to the end.",
                 snapshot.service, writer);
  WriteHistogram("lateness_seconds", "From the planned instant to sending.",
                 snapshot.lateness, writer);
  return writer.Take();
}

}  // namespace invocator
