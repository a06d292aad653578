#include "coordinator/web/page_series.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/scheduling.h"
#include "common/result/outcome.h"
#include "coordinator/json/json.h"
#include "coordinator/text/rounded_us.h"
#include "coordinator/web/heat_rows.h"

namespace invocator {
namespace {

// Of all lanes together, and of all workers.
constexpr uint64_t kMostPoints = 5'000;

// Bins between two checks whether an engine has work to do: the live page is
// made while engines run.
constexpr uint32_t kSliceOfWork = 4;

// Adds "key": to the members of the object at the end of `json`.
void AddKey(absl::string_view key, std::string& json) {
  if (json.back() != '{') json += ',';
  absl::StrAppend(&json, "\"", key, "\":");
}

void AddName(const std::string& name, std::string& json) {
  AddKey("name", json);
  json += Json(name).dump(-1, ' ', false, Json::error_handler_t::replace);
}

using Counts = std::vector<uint64_t>;
// Negative: no calls.
using Latencies = std::vector<int64_t>;
constexpr int64_t kNone = -1;

void AddCounts(absl::string_view key, const Counts& counts, std::string& json) {
  AddKey(key, json);
  if (std::all_of(counts.begin(), counts.end(),
                  [](uint64_t count) { return count == 0; })) {
    json += '0';
    return;
  }
  json += '[';
  for (const uint64_t count : counts) absl::StrAppend(&json, count, ",");
  json.back() = ']';
}

void AddLatencies(absl::string_view key, const Latencies& latencies,
                  std::string& json) {
  AddKey(key, json);
  json += '[';
  for (const int64_t ns : latencies) {
    if (json.back() != '[') json += ',';
    if (ns == kNone) {
      json += "null";
    } else {
      AppendRoundedUs(ns, json);
    }
  }
  json += ']';
}

// Percentiles of one latency over time.
class LatencySeries {
 public:
  struct Quantile {
    absl::string_view name;
    double ratio;
  };
  static constexpr Quantile kP50 = {"p50", 0.5};
  static constexpr Quantile kP90 = {"p90", 0.9};
  static constexpr Quantile kP99 = {"p99", 0.99};
  static constexpr Quantile kP999 = {"p99_9", 0.999};
  static constexpr Quantile kMax = {"max", 1};

  explicit LatencySeries(std::vector<Quantile> quantiles)
      : quantiles_(std::move(quantiles)), series_(quantiles_.size()) {}

  void Add(const Histogram& histogram) {
    for (size_t i = 0; i < series_.size(); ++i) {
      series_[i].push_back(histogram.count() == 0
                               ? kNone
                               : histogram.QuantileNs(quantiles_[i].ratio));
    }
  }
  void AddTo(absl::string_view key, std::string& json) const {
    AddKey(key, json);
    json += '{';
    for (size_t i = 0; i < series_.size(); ++i) {
      AddLatencies(quantiles_[i].name, series_[i], json);
    }
    json += '}';
  }

 private:
  std::vector<Quantile> quantiles_;
  std::vector<Latencies> series_;
};

// Counts and response of the run or of a lane over time.
class CallSeries {
 public:
  void Add(const BinCounts& counts, uint64_t in_flight,
           const Histogram& response) {
    planned_.push_back(counts.planned);
    sent_.push_back(counts.sent);
    completed_.push_back(counts.Completed());
    in_flight_.push_back(in_flight);
    dropped_.push_back(counts.dropped);
    cold_.push_back(counts.cold);
    for (size_t i = 0; i < kOutcomes; ++i) {
      outcomes_[i].push_back(counts.outcomes[i]);
    }
    response_.Add(response);
  }
  // `seen`: counts of the outcomes to show.
  void AddTo(const OutcomeCounts& seen, std::string& json) const {
    AddCounts("planned", planned_, json);
    AddCounts("sent", sent_, json);
    AddCounts("completed", completed_, json);
    AddCounts("in_flight", in_flight_, json);
    AddCounts("dropped", dropped_, json);
    AddCounts("cold", cold_, json);
    AddKey("outcomes", json);
    json += '{';
    for (size_t i = 0; i < kOutcomes; ++i) {
      if (seen[i] == 0) continue;
      AddCounts(OutcomeName(static_cast<Outcome>(i)), outcomes_[i], json);
    }
    json += '}';
    response_.AddTo("response", json);
  }

 private:
  Counts planned_, sent_, completed_, in_flight_, dropped_, cold_;
  std::array<Counts, kOutcomes> outcomes_;
  LatencySeries response_{{LatencySeries::kP50, LatencySeries::kP90,
                           LatencySeries::kP99, LatencySeries::kP999,
                           LatencySeries::kMax}};
};

// The bins of a slice.
struct Slice {
  uint32_t from = 0;
  uint32_t until = 0;
};

OutcomeCounts OutcomesOf(const Timeline& timeline) {
  BinCounts sum;
  for (uint32_t bin = 0; bin < timeline.rows(); ++bin) {
    sum.Merge(timeline.Counts(bin));
  }
  return sum.outcomes;
}

// Rows of a long run are coarser, since there are so many bins.
const HeatRows& RowsOf(const Timeline& timeline) {
  constexpr uint32_t kManyBins = 600;
  static const HeatRows& fine = *new HeatRows(kMostHeatRowsPerDecade);
  static const HeatRows& coarse = *new HeatRows(kMostHeatRowsPerDecade / 2);
  return timeline.bins().planned() > kManyBins ? coarse : fine;
}

void AddHeatBin(const HeatRows::Column& column, std::string& json) {
  json += '[';
  if (!column.counts.empty()) absl::StrAppend(&json, column.first);
  for (const uint64_t count : column.counts) {
    absl::StrAppend(&json, ",", count);
  }
  json += ']';
}

void AddHeatEdges(const HeatRows& rows, std::string& json) {
  AddKey("edges_us", json);
  json += '[';
  for (const int64_t border_ns : rows.edges_ns()) {
    // The scale is logarithmic and has no zero.
    const int64_t ns = std::max<int64_t>(border_ns, 100);
    // Exact: the borders of cells.
    absl::StrAppend(&json, json.back() == '[' ? "" : ",", ns / 1'000);
    if (ns % 1'000 != 0) {
      json += absl::StrCat(1'000 + ns % 1'000).replace(0, 1, ".");
    }
  }
  json += ']';
}

void AddWhole(const Timeline& timeline, const Slice& slice,
              const OutcomeCounts& seen, std::string& json) {
  const HeatRows& rows = RowsOf(timeline);
  CallSeries calls;
  using Series = LatencySeries;
  Series lateness({Series::kP99, Series::kMax});
  Series service({Series::kP50, Series::kP99});
  Series first_byte({Series::kP50, Series::kP99});
  std::string heat;
  InFlight in_flight;
  for (uint32_t bin = 0; bin < slice.until; ++bin) {
    if (bin % kSliceOfWork == 0) GiveWay();
    const BinCounts counts = timeline.Counts(bin);
    const uint64_t at_end = in_flight.After(counts);
    if (bin < slice.from) continue;
    const Histogram response = timeline.Response(bin);
    calls.Add(counts, at_end, response);
    lateness.Add(timeline.Lateness(bin));
    service.Add(timeline.Service(bin));
    first_byte.Add(timeline.FirstByte(bin));
    if (bin > slice.from) heat += ',';
    AddHeatBin(rows.ColumnOf(response), heat);
  }
  AddKey("whole", json);
  json += '{';
  calls.AddTo(seen, json);
  lateness.AddTo("lateness", json);
  service.AddTo("service", json);
  first_byte.AddTo("first_byte", json);
  json += '}';
  AddKey("heat", json);
  json += '{';
  AddHeatEdges(rows, json);
  AddKey("bins", json);
  absl::StrAppend(&json, "[", heat, "]}");
}

void AddLane(const Timeline& timeline, size_t lane, const std::string& name,
             const Slice& slice, uint32_t every, const OutcomeCounts& seen,
             std::string& json) {
  CallSeries calls;
  InFlight in_flight;
  BinCounts sum;
  Histogram response;
  for (uint32_t bin = 0; bin < slice.until; ++bin) {
    if (bin % kSliceOfWork == 0) GiveWay();
    const BinCounts counts = timeline.Counts(lane, bin);
    const uint64_t at_end = in_flight.After(counts);
    if (bin < slice.from) continue;
    sum.Merge(counts);
    response.Merge(timeline.Response(lane, bin));
    if ((bin + 1) % every != 0 && bin + 1 != slice.until) continue;
    calls.Add(sum, at_end, response);
    sum = {};
    response.Clear();
  }
  json += '{';
  AddName(name, json);
  calls.AddTo(seen, json);
  json += '}';
}

int64_t ToNs(const std::optional<double>& us) {
  // Files may hold anything.
  constexpr double kMostUs = static_cast<double>(Histogram::kMaxNs) / 1e3;
  return us && *us >= 0 ? std::llround(std::min(*us, kMostUs) * 1e3) : kNone;
}

void AddWorker(const WorkerSeries& worker, const Slice& slice, uint32_t every,
               std::string& json) {
  Counts sent;
  Latencies p99, max;
  for (uint32_t bin = slice.from; bin < slice.until; ++bin) {
    if ((bin - slice.from) % every == 0) {
      sent.push_back(0);
      p99.push_back(kNone);
      max.push_back(kNone);
    }
    if (bin >= worker.sent.size()) continue;
    sent.back() += worker.sent[bin];
    p99.back() = std::max(p99.back(), ToNs(worker.lateness_p99_us[bin]));
    max.back() = std::max(max.back(), ToNs(worker.lateness_max_us[bin]));
  }
  json += '{';
  AddName(worker.name, json);
  AddCounts("sent", sent, json);
  AddKey("lateness", json);
  json += '{';
  AddLatencies("p99", p99, json);
  AddLatencies("max", max, json);
  json += "}}";
}

}  // namespace

std::vector<WorkerSeries> WorkerSeriesOf(
    const Timeline& timeline, const std::vector<std::string>& worker_names,
    uint32_t from_bin) {
  const uint32_t rows = timeline.rows();
  std::vector<WorkerSeries> all;
  for (size_t lane = 0; lane < timeline.worker_lanes(); ++lane) {
    WorkerSeries series;
    series.name =
        lane < Timeline::kMostWorkers ? worker_names[lane] : "(others)";
    series.sent.resize(rows);
    series.lateness_p99_us.resize(rows);
    series.lateness_max_us.resize(rows);
    for (uint32_t bin = from_bin; bin < rows; ++bin) {
      series.sent[bin] = timeline.WorkerSent(lane, bin);
      const Histogram lateness = timeline.WorkerLateness(lane, bin);
      if (lateness.count() == 0) continue;
      series.lateness_p99_us[bin] =
          static_cast<double>(lateness.QuantileNs(0.99)) / 1e3;
      series.lateness_max_us[bin] =
          static_cast<double>(lateness.max_ns()) / 1e3;
    }
    all.push_back(std::move(series));
  }
  return all;
}

uint32_t BinsPerPoint(const Timeline& timeline, size_t workers) {
  const uint64_t most = std::max(timeline.lanes().size(), workers);
  // Not rows(), which grows while a run drains.
  const uint64_t points = most * timeline.bins().planned();
  return static_cast<uint32_t>(
      std::max<uint64_t>(1, (points + kMostPoints - 1) / kMostPoints));
}

std::string PageSeriesJson(const Timeline& timeline,
                           const std::vector<std::string>& lane_names,
                           const std::vector<WorkerSeries>& workers,
                           uint32_t from_bin, uint32_t until_bin) {
  const uint32_t until = std::min(until_bin, timeline.rows());
  const Slice slice = {std::min(from_bin, until), until};
  const uint32_t every = BinsPerPoint(timeline, workers.size());
  const OutcomeCounts seen = OutcomesOf(timeline);
  std::string json = "{";
  AddKey("width_s", json);
  absl::StrAppend(&json, timeline.bins().width_s());
  AddKey("planned_bins", json);
  absl::StrAppend(&json, timeline.bins().planned());
  AddKey("from", json);
  absl::StrAppend(&json, slice.from);
  AddWhole(timeline, slice, seen, json);
  AddKey("every", json);
  absl::StrAppend(&json, every);
  AddKey("lanes", json);
  json += '[';
  for (size_t lane = 0; lane < lane_names.size(); ++lane) {
    if (lane > 0) json += ',';
    AddLane(timeline, lane, lane_names[lane], slice, every, seen, json);
  }
  json += ']';
  AddKey("workers", json);
  json += '[';
  for (size_t worker = 0; worker < workers.size(); ++worker) {
    if (worker > 0) json += ',';
    AddWorker(workers[worker], slice, every, json);
  }
  json += "]}";
  return json;
}

}  // namespace invocator
