#include "coordinator/timeline/worker_series.h"

#include <utility>

#include "coordinator/timeline/bin_table.h"
#include "coordinator/timeline/timeline.h"

namespace invocator {
namespace {

enum Column : size_t { kWorker, kSent, kLatenessP99, kLatenessMax };

std::optional<double> Microseconds(std::optional<int64_t> ns) {
  if (!ns) return std::nullopt;
  return static_cast<double>(*ns) / 1e3;
}

// Appends the row's numbers.
absl::Status AddRow(const BinTable& table, WorkerSeries& series) {
  const absl::StatusOr<uint64_t> sent = table.Count(kSent);
  if (!sent.ok()) return sent.status();
  const auto p99_ns = table.LatencyNs(kLatenessP99);
  if (!p99_ns.ok()) return p99_ns.status();
  const auto max_ns = table.LatencyNs(kLatenessMax);
  if (!max_ns.ok()) return max_ns.status();
  series.sent.push_back(*sent);
  series.lateness_p99_us.push_back(Microseconds(*p99_ns));
  series.lateness_max_us.push_back(Microseconds(*max_ns));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<WorkerSeries>> ParseWorkersCsv(
    absl::string_view text, const std::string& file, const TimeBins& bins,
    uint32_t rows) {
  constexpr size_t kMostSeries = Timeline::kMostWorkers + 1;
  absl::StatusOr<BinTable> table =
      BinTable::Open(text, file, bins,
                     {"worker", "sent", "lateness_p99_us", "lateness_max_us"});
  if (!table.ok()) return table.status();
  std::vector<WorkerSeries> workers;
  uint32_t bin = 0;
  size_t next = 0;  // worker of the bin's next row
  while (true) {
    const absl::StatusOr<bool> more = table->Next();
    if (!more.ok()) return more.status();
    if (!*more) break;
    // The first bin names the workers.
    if (workers.empty() || (bin == 0 && table->IsOf(0))) {
      if (workers.size() == kMostSeries) {
        return table->Error("has more than ", kMostSeries, " workers");
      }
      next = workers.size();
      workers.emplace_back().name = std::string(table->Text(kWorker));
    } else if (next == workers.size()) {
      next = 0;
      ++bin;
    }
    if (bin == rows) {
      return table->Error("has more than ", rows,
                          " bins, expected as many as timeline.csv");
    }
    absl::Status status = table->ExpectBin(bin);
    if (status.ok()) {
      status = table->ExpectText(kWorker, workers[next].name);
    }
    if (status.ok()) status = AddRow(*table, workers[next]);
    if (!status.ok()) return status;
    ++next;
  }
  if (next < workers.size()) {
    return table->Error("ends within a bin, expected the row of ",
                        QuotedField(workers[next].name));
  }
  if (!workers.empty() && bin + 1 < rows) {
    return table->Error("ends after ", bin + 1, " bins, expected ", rows,
                        " as in timeline.csv");
  }
  return workers;
}

}  // namespace invocator
