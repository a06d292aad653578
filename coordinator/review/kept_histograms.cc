#include "coordinator/review/kept_histograms.h"

#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "coordinator/json/json.h"
#include "coordinator/timeline/histogram_log.h"

namespace invocator {
namespace {

template <typename... Args>
absl::Status Invalid(const Args&... args) {
  return absl::InvalidArgumentError(absl::StrCat(args...));
}

std::optional<size_t> PlaceOf(const std::string& metric) {
  for (size_t i = 0; i < kHistogramPlaces.size(); ++i) {
    if (kHistogramPlaces[i].name == metric) return i;
  }
  return std::nullopt;
}

// JSON path of a histogram in the summary.
std::string PathOf(const HistogramPlace& place, const std::string& instance) {
  std::string path = instance.empty() ? "" : MemberPath("instances", instance);
  if (!place.parent.empty()) path = MemberPath(path, place.parent);
  return MemberPath(path, place.key);
}

// Lower bound of a histogram's memory.
size_t BytesOf(const Histogram& histogram) {
  constexpr size_t kBytesPerPage = sizeof(uint64_t) * Histogram::kCellsPerPage;
  size_t cells = 0;
  size_t pages = 0;
  int last_page = -1;
  histogram.ForEachCell([&](int index, uint64_t) {
    const int page = index / Histogram::kCellsPerPage;
    pages += page != last_page ? 1 : 0;
    last_page = page;
    ++cells;
  });
  if (cells <= Histogram::kMaxFew) return cells * 2 * sizeof(uint64_t);
  return pages * kBytesPerPage + Histogram::kPages * sizeof(void*);
}

class HistogramFiller {
 public:
  HistogramFiller(const std::string& summary_file, KeptSummary& summary,
                  size_t max_bytes)
      : summary_file_(summary_file), summary_(summary), max_bytes_(max_bytes) {
    for (size_t i = 0; i < summary.names.size(); ++i) {
      instances_.emplace(summary.names[i], i);
    }
  }

  absl::Status Add(HistogramLogLine line) {
    // Later versions may keep more.
    const std::optional<size_t> at = PlaceOf(line.tag.metric);
    if (!at) return absl::OkStatus();
    KeptBlock* const block = BlockOf(line.tag.instance);
    if (block == nullptr) {
      return Invalid("instance ", ShortQuote(line.tag.instance), " is not in ",
                     summary_file_);
    }
    const HistogramPlace& place = kHistogramPlaces[*at];
    Histogram& histogram = block->measured.*place.member;
    if (histogram.count() > 0) {
      return Invalid(HistogramTagText(line.tag), " is there twice");
    }
    const HistogramStatistics& statistics = block->statistics[*at];
    absl::Status agrees = Agree(line, statistics);
    if (!agrees.ok()) return agrees;
    bytes_ += BytesOf(line.histogram);
    if (bytes_ > max_bytes_) {
      return Invalid("histograms take more than ", max_bytes_,
                     " bytes of memory");
    }
    histogram = std::move(line.histogram);
    histogram.SetStatistics(
        statistics.min_ns, statistics.max_ns,
        statistics.mean_ns * static_cast<double>(statistics.count),
        statistics.clamped);
    return absl::OkStatus();
  }

  // Checks at the log's end that no histogram is missing.
  absl::Status Finish() const {
    absl::Status status = IsComplete("", summary_.total);
    for (size_t i = 0; i < summary_.names.size() && status.ok(); ++i) {
      status = IsComplete(summary_.names[i], summary_.instances[i]);
    }
    return status;
  }

 private:
  KeptBlock* BlockOf(const std::string& instance) {
    if (instance.empty()) return &summary_.total;
    const auto found = instances_.find(instance);
    return found == instances_.end() ? nullptr
                                     : &summary_.instances[found->second];
  }

  absl::Status Agree(const HistogramLogLine& line,
                     const HistogramStatistics& statistics) const {
    const HistogramPlace& place = kHistogramPlaces[*PlaceOf(line.tag.metric)];
    const Histogram& cells = line.histogram;
    const auto differs = [&](absl::string_view what, auto found,
                             auto expected) {
      return Invalid(HistogramTagText(line.tag), " has ", what, " ", found,
                     ", but ", summary_file_, ": ",
                     PathOf(place, line.tag.instance), " has ", expected);
    };
    if (cells.count() != statistics.count) {
      return differs("count", cells.count(), statistics.count);
    }
    // The log's extremes are ends of cells.
    if (cells.count() > 0 && Histogram::CellIndex(cells.min_ns()) !=
                                 Histogram::CellIndex(statistics.min_ns)) {
      return differs("min (in ns)", cells.min_ns(), statistics.min_ns);
    }
    if (cells.count() > 0 && Histogram::CellIndex(cells.max_ns()) !=
                                 Histogram::CellIndex(statistics.max_ns)) {
      return differs("max (in ns)", cells.max_ns(), statistics.max_ns);
    }
    return absl::OkStatus();
  }

  absl::Status IsComplete(const std::string& instance,
                          const KeptBlock& block) const {
    for (size_t i = 0; i < kHistogramPlaces.size(); ++i) {
      const HistogramPlace& place = kHistogramPlaces[i];
      const uint64_t count = block.statistics[i].count;
      if ((block.measured.*place.member).count() == count) continue;
      return Invalid("has no ",
                     HistogramTagText({std::string(place.name), instance,
                                       HistogramScope::kMeasured}),
                     ", but ", summary_file_, ": ", PathOf(place, instance),
                     " has count ", count);
    }
    return absl::OkStatus();
  }

  const std::string& summary_file_;
  KeptSummary& summary_;
  const size_t max_bytes_;
  absl::flat_hash_map<std::string, size_t> instances_;
  size_t bytes_ = 0;
};

}  // namespace

absl::Status ReadKeptHistograms(const std::string& log_file,
                                const std::string& summary_file,
                                KeptSummary& summary, size_t max_bytes) {
  HistogramFiller filler(summary_file, summary, max_bytes);
  absl::Status status = ReadHistogramLog(
      log_file,
      [&filler](HistogramLogLine line) { return filler.Add(std::move(line)); },
      HistogramScope::kMeasured);
  if (!status.ok()) return status;
  status = filler.Finish();
  if (status.ok()) return status;
  return Invalid(log_file, ": ", status.message());
}

}  // namespace invocator
