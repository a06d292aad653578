#include "coordinator/review/kept_timeline.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "coordinator/text/csv_reader.h"
#include "coordinator/text/text_file.h"
#include "coordinator/timeline/bin_histograms.h"
#include "coordinator/timeline/bin_table.h"
#include "coordinator/timeline/histogram_log.h"
#include "coordinator/timeline/timeline_rows.h"

namespace invocator {
namespace {

// 1,800 bins of 66 rows take 20 MB.
constexpr size_t kMaxCsvBytes = size_t{256} * 1024 * 1024;

template <typename... Args>
absl::Status Invalid(const Args&... args) {
  return absl::InvalidArgumentError(absl::StrCat(args...));
}

absl::StatusOr<std::string> ReadCsv(const std::string& file) {
  std::error_code error;
  // Reading a pipe would block.
  if (std::filesystem::is_regular_file(file, error)) {
    return ReadTextFile(file, kMaxCsvBytes);
  }
  return Invalid(
      file, ": is missing or not a file, expected a file of a finished run");
}

std::vector<std::string> NamesOf(const RunReport& report) {
  std::vector<std::string> names;
  for (const auto& [name, totals] : report.instances) names.push_back(name);
  return names;
}

Lanes LanesOf(const RunReport& report) {
  std::vector<uint64_t> planned;
  for (size_t i = 0; i < report.instances.size(); ++i) {
    planned.push_back(report.BooksOf(i).planned);
  }
  return ChooseLanes(planned);
}

// The run's books by lane.
std::vector<BinCounts> BooksByLane(const RunReport& report,
                                   const Lanes& lanes) {
  std::vector<BinCounts> by_lane(lanes.size());
  for (size_t i = 0; i < report.instances.size(); ++i) {
    const Totals books = report.BooksOf(i);
    BinCounts counts;
    counts.planned = books.planned;
    counts.sent = books.sent;
    counts.dropped = books.dropped;
    counts.cold = books.cold;
    counts.outcomes = books.outcomes;
    by_lane[lanes.of_instance[i]].Merge(counts);
  }
  return by_lane;
}

// Compares the sums over all bins with the run's books.
absl::Status CheckSums(const RunReport& report, const Lanes& lanes,
                       const std::vector<std::string>& lane_names,
                       const std::vector<TimelineBin>& rows,
                       const std::string& file) {
  std::vector<BinCounts> books = BooksByLane(report, lanes);
  for (size_t lane = 0; lane < lanes.size(); ++lane) {
    BinCounts sum;
    for (const TimelineBin& bin : rows) sum.Merge(bin.lanes[lane].counts);
    // The summary's cold calls are of the measured phase.
    if (report.warmup_s > 0) books[lane].cold = sum.cold;
    const std::string difference = CountsDiffer(sum, books[lane]);
    if (difference.empty()) continue;
    return Invalid(file, ": in all bins of ", QuotedField(lane_names[lane]),
                   ": ", difference, " as in summary.json");
  }
  return absl::OkStatus();
}

absl::Status CheckWorkers(const std::vector<WorkerSeries>& workers,
                          const std::vector<TimelineBin>& rows,
                          const TimeBins& bins, const std::string& file) {
  for (uint32_t bin = 0; bin < rows.size(); ++bin) {
    uint64_t sent = 0;
    for (const WorkerSeries& worker : workers) sent += worker.sent[bin];
    const uint64_t expected = rows[bin].whole.counts.sent;
    if (sent == expected) continue;
    return Invalid(file, ": sum of sent at ", BinSecondsText(bins.StartS(bin)),
                   " s is ", sent, ", expected ", expected,
                   " as in timeline.csv");
  }
  return absl::OkStatus();
}

absl::Status AddHistograms(const std::vector<TimelineBin>& rows,
                           const std::string& rows_file,
                           const std::string& log_file, size_t max_cells,
                           KeptTimeline& kept) {
  BinHistograms histograms(rows, rows_file, kept.lane_names, kept.timeline,
                           max_cells);
  absl::Status status = ReadHistogramLog(
      log_file,
      [&histograms](HistogramLogLine line) {
        return histograms.Add(std::move(line));
      },
      HistogramScope::kBin);
  if (!status.ok()) return status;
  status = histograms.Finish();
  return status.ok() ? status : Invalid(log_file, ": ", status.message());
}

}  // namespace

absl::StatusOr<KeptTimeline> ReadKeptTimeline(const KeptRun& run,
                                              size_t max_cells) {
  const RunReport& report = run.report;
  if (report.instances.empty()) {
    return Invalid(run.folder, "/summary.json: has no instances");
  }
  const TimeBins bins(report.planned_span_s);
  const Lanes lanes = LanesOf(report);
  const std::vector<std::string> lane_names = LaneNames(lanes, NamesOf(report));

  const std::string rows_file = run.folder + "/timeline.csv";
  absl::StatusOr<std::string> text = ReadCsv(rows_file);
  if (!text.ok()) return text.status();
  const auto rows = ParseTimelineCsv(*text, rows_file, bins, lane_names);
  if (!rows.ok()) return rows.status();
  absl::Status status = CheckSums(report, lanes, lane_names, *rows, rows_file);
  if (!status.ok()) return status;

  const std::string workers_file = run.folder + "/workers.csv";
  text = ReadCsv(workers_file);
  if (!text.ok()) return text.status();
  auto workers = ParseWorkersCsv(*text, workers_file, bins,
                                 static_cast<uint32_t>(rows->size()));
  if (!workers.ok()) return workers.status();
  status = CheckWorkers(*workers, *rows, bins, workers_file);
  if (!status.ok()) return status;

  KeptTimeline kept = {TimelineOfCounts(bins, lanes, *rows), lane_names,
                       *std::move(workers)};
  status = AddHistograms(*rows, rows_file, run.folder + "/histograms.hlog",
                         max_cells, kept);
  if (!status.ok()) return status;
  return kept;
}

}  // namespace invocator
