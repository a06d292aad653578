#include "coordinator/timeline/bin_histograms.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "coordinator/text/csv_reader.h"
#include "coordinator/timeline/bin_table.h"

namespace invocator {
namespace {

template <typename... Args>
absl::Status Invalid(const Args&... args) {
  return absl::InvalidArgumentError(absl::StrCat(args...));
}

// A histogram of the whole run: its metric in the log, its latencies in a row,
// its member of a bin's totals, and the number of its values by a row's counts.
struct WholePlace {
  absl::string_view metric;
  RowLatency TimelineRow::*latency;
  Histogram BinTotals::*member;                 // null: the sum of the lanes
  uint64_t (*values)(const BinCounts& counts);  // null: unknown
};

uint64_t Completed(const BinCounts& counts) { return counts.Completed(); }

// Without those lost, whose calls have no latencies.
uint64_t Reported(const BinCounts& counts) {
  return counts.sent - std::min(counts.sent, counts.Of(Outcome::kLost));
}

constexpr std::array<WholePlace, 4> kWholePlaces = {{
    {"", &TimelineRow::response, nullptr, Completed},
    {"lateness", &TimelineRow::lateness, &BinTotals::lateness, Reported},
    {"service", &TimelineRow::service, &BinTotals::service, Completed},
    {"first_byte", &TimelineRow::first_byte, &BinTotals::first_byte, nullptr},
}};

// By lane, an instance that represents it.
std::vector<size_t> InstanceByLane(const Lanes& lanes) {
  std::vector<size_t> instances(lanes.size());
  for (size_t i = lanes.of_instance.size(); i-- > 0;) {
    instances[lanes.of_instance[i]] = i;
  }
  return instances;
}

void AddTo(size_t instance, uint32_t bin, const BinTotals& totals,
           Timeline& timeline) {
  const TimeBins& bins = timeline.bins();
  const auto ticks = static_cast<uint32_t>(bins.width_ns() / bins.tick_ns());
  timeline.Add(/*worker=*/0, instance, bin * ticks, totals);
}

BinTotals TotalsOf(const BinCounts& counts) {
  BinTotals totals;
#define INVOCATOR_COPY(name) totals.name = counts.name;
  INVOCATOR_BIN_SUMS(INVOCATOR_COPY)
#undef INVOCATOR_COPY
  totals.outcomes = counts.outcomes;
  return totals;
}

// Sum of the values, each as the middle of its cell: within 0.1 %.
double SumOfMiddlesNs(const Histogram& histogram) {
  double sum_ns = 0;
  histogram.ForEachCell([&sum_ns](int cell, uint64_t count) {
    sum_ns += static_cast<double>(count) *
              static_cast<double>(Histogram::CellLowestNs(cell) +
                                  Histogram::CellHighestNs(cell)) /
              2;
  });
  return sum_ns;
}

// Sets the exact maximum, which the log lacks. False if `latency` contradicts
// the cells.
bool SetMaximum(const RowLatency& latency, Histogram& histogram) {
  if (!latency.p99_ns) return false;
  const auto is_of_last_cell = [&histogram](int64_t ns) {
    return Histogram::CellIndex(ns) == Histogram::CellIndex(histogram.max_ns());
  };
  int64_t max_ns = histogram.max_ns();
  if (latency.max_ns) {
    if (!is_of_last_cell(*latency.max_ns)) return false;
    max_ns = *latency.max_ns;
  } else if (is_of_last_cell(*latency.p99_ns)) {
    // No percentile exceeds the maximum.
    max_ns = *latency.p99_ns;
  }
  histogram.SetStatistics(std::min(histogram.min_ns(), max_ns), max_ns,
                          SumOfMiddlesNs(histogram), histogram.clamped());
  return histogram.QuantileNs(0.99) == *latency.p99_ns;
}

std::string Text(const RowLatency& latency) {
  const auto text = [](std::optional<int64_t> ns) {
    return ns ? absl::StrCat(*ns, " ns") : "none";
  };
  return absl::StrCat("p99 ", text(latency.p99_ns), ", max ",
                      text(latency.max_ns));
}

}  // namespace

Timeline TimelineOfCounts(const TimeBins& bins, const Lanes& lanes,
                          const std::vector<TimelineBin>& rows) {
  std::vector<std::vector<uint64_t>> planned(lanes.size());
  for (size_t lane = 0; lane < planned.size(); ++lane) {
    for (const TimelineBin& bin : rows) {
      planned[lane].push_back(bin.lanes[lane].counts.planned);
    }
  }
  Timeline timeline(bins, lanes, planned, /*workers=*/1);
  const std::vector<size_t> instances = InstanceByLane(lanes);
  for (uint32_t bin = 0; bin < rows.size(); ++bin) {
    for (size_t lane = 0; lane < planned.size(); ++lane) {
      AddTo(instances[lane], bin, TotalsOf(rows[bin].lanes[lane].counts),
            timeline);
    }
  }
  return timeline;
}

BinHistograms::BinHistograms(const std::vector<TimelineBin>& rows,
                             const std::string& rows_file,
                             const std::vector<std::string>& lane_names,
                             Timeline& timeline, size_t max_cells)
    : rows_(rows),
      rows_file_(rows_file),
      lane_names_(lane_names),
      timeline_(timeline),
      max_cells_(max_cells),
      lanes_(lane_names.size()),
      instances_(InstanceByLane(timeline.lanes())),
      counts_(rows.size() * PlacesOfBin()) {
  for (size_t i = 0; i < lanes_; ++i) lane_of_.emplace(lane_names[i], i);
}

absl::Status BinHistograms::Add(HistogramLogLine line) {
  const absl::StatusOr<std::optional<size_t>> place = PlaceOf(line.tag);
  if (!place.ok()) return place.status();
  if (!place->has_value()) return absl::OkStatus();
  const absl::StatusOr<uint32_t> bin = BinOf(line);
  if (!bin.ok()) return bin.status();
  uint64_t& count = counts_[*bin * PlacesOfBin() + **place];
  if (count > 0) return Invalid(TextOf(*bin, **place), " is there twice");
  Histogram& histogram = line.histogram;
  count = histogram.count();
  if (count == 0) return absl::OkStatus();
  const RowLatency& latency = LatencyOf(*bin, **place);
  if (!SetMaximum(latency, histogram)) {
    return Invalid(TextOf(*bin, **place), " has p99 ",
                   histogram.QuantileNs(0.99), " ns, max ", histogram.max_ns(),
                   " ns, but ", rows_file_, " has ", Text(latency));
  }
  histogram.ForEachCell([this](int, uint64_t) { ++cells_; });
  if (cells_ > max_cells_) {
    return Invalid("histograms of bins have more than ", max_cells_, " cells");
  }
  AddToPlace(*bin, **place, std::move(histogram));
  return absl::OkStatus();
}

absl::Status BinHistograms::Finish() const {
  for (uint32_t bin = 0; bin < rows_.size(); ++bin) {
    absl::Status status = CheckBin(bin);
    if (!status.ok()) return status;
  }
  return CheckSums();
}

absl::Status BinHistograms::CheckBin(uint32_t bin) const {
  uint64_t of_lanes = 0;
  for (size_t place = 0; place < PlacesOfBin(); ++place) {
    if (place < lanes_) of_lanes += CountOf(bin, place);
    const RowLatency& latency = LatencyOf(bin, place);
    if (CountOf(bin, place) > 0 || (!latency.p99_ns && !latency.max_ns)) {
      continue;
    }
    return Invalid("has no ", TextOf(bin, place), ", but ", rows_file_, " has ",
                   Text(latency));
  }
  const uint64_t of_run = CountOf(bin, lanes_);
  if (of_run == of_lanes) return absl::OkStatus();
  return Invalid(TextOf(bin, lanes_), " has count ", of_run, ", expected ",
                 of_lanes, ", the sum of the instances'");
}

absl::Status BinHistograms::CheckSums() const {
  for (size_t place = 0; place < PlacesOfBin(); ++place) {
    const auto values = place < lanes_ ? kWholePlaces[0].values
                                       : kWholePlaces[place - lanes_].values;
    if (values == nullptr) continue;
    uint64_t found = 0;
    uint64_t expected = 0;
    for (uint32_t bin = 0; bin < rows_.size(); ++bin) {
      found += CountOf(bin, place);
      expected += values(place < lanes_ ? rows_[bin].lanes[place].counts
                                        : rows_[bin].whole.counts);
    }
    if (found == expected) continue;
    return Invalid(NameOf(place), " has count ", found,
                   " in all bins, expected ", expected, " by ", rows_file_);
  }
  return absl::OkStatus();
}

size_t BinHistograms::PlacesOfBin() const {
  return lanes_ + kWholePlaces.size();
}

absl::StatusOr<std::optional<size_t>> BinHistograms::PlaceOf(
    const HistogramTag& tag) const {
  if (tag.metric == "response" && !tag.instance.empty()) {
    const auto found = lane_of_.find(tag.instance);
    if (found != lane_of_.end()) return found->second;
    return Invalid("instance ", QuotedField(tag.instance), " is not in ",
                   rows_file_);
  }
  for (size_t i = 0; i < kWholePlaces.size(); ++i) {
    if (tag.metric == kWholePlaces[i].metric && tag.instance.empty()) {
      return lanes_ + i;
    }
  }
  // Later versions may keep more.
  return std::nullopt;
}

std::string BinHistograms::NameOf(size_t place) const {
  if (place < lanes_) {
    return HistogramTagText({"response", lane_names_[place]});
  }
  const absl::string_view metric = kWholePlaces[place - lanes_].metric;
  return metric.empty() ? "response" : std::string(metric);
}

absl::StatusOr<uint32_t> BinHistograms::BinOf(
    const HistogramLogLine& line) const {
  // Starts and widths are whole tenths of a second.
  constexpr double kSlackS = 1e-6;
  const double width_s = timeline_.bins().width_s();
  if (!(std::abs(line.length_s - width_s) < kSlackS)) {
    return Invalid("length is ", line.length_s, ", expected ",
                   BinSecondsText(width_s));
  }
  const double bin = std::round(line.start_s / width_s);
  if (!(bin < static_cast<double>(rows_.size())) ||
      !(std::abs(line.start_s - bin * width_s) < kSlackS)) {
    return Invalid("start is ", line.start_s, ", expected a start of ",
                   rows_file_);
  }
  return static_cast<uint32_t>(bin);
}

std::string BinHistograms::TextOf(uint32_t bin, size_t place) const {
  return absl::StrCat(NameOf(place), " at ",
                      BinSecondsText(timeline_.bins().StartS(bin)), " s");
}

const RowLatency& BinHistograms::LatencyOf(uint32_t bin, size_t place) const {
  if (place < lanes_) return rows_[bin].lanes[place].response;
  return rows_[bin].whole.*kWholePlaces[place - lanes_].latency;
}

void BinHistograms::AddToPlace(uint32_t bin, size_t place,
                               Histogram histogram) {
  BinTotals totals;
  if (place < lanes_) {
    totals.response = std::move(histogram);
    return AddTo(instances_[place], bin, totals, timeline_);
  }
  Histogram BinTotals::*const member = kWholePlaces[place - lanes_].member;
  if (member == nullptr) return;
  totals.*member = std::move(histogram);
  AddTo(instances_[0], bin, totals, timeline_);
}

}  // namespace invocator
