#include "coordinator/timeline/timeline.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

namespace invocator {
namespace {

// Workers report once a second about little more than the last one.
constexpr size_t kOpenBins = 4;
constexpr size_t kOpenTenths = 32;

template <typename Bin>
Bin& At(std::vector<Bin>& bins, uint32_t bin) {
  if (bin >= bins.size()) bins.resize(bin + 1);
  return bins[bin];
}

template <typename Bin>
Histogram Unpack(const std::vector<Bin>& bins, uint32_t bin,
                 PackedHistogram Bin::*member) {
  Histogram histogram;
  if (bin < bins.size()) (bins[bin].*member).AddTo(histogram);
  return histogram;
}

uint64_t Ended(const OutcomeCounts& outcomes) {
  return std::accumulate(outcomes.begin(), outcomes.end(), uint64_t{0});
}

}  // namespace

uint64_t BinCounts::Completed() const {
  return Ended(outcomes) - Of(Outcome::kAborted) - Of(Outcome::kLost);
}

uint64_t BinCounts::Failed() const {
  return Ended(outcomes) - Of(Outcome::kOk);
}

void BinCounts::Merge(const BinCounts& other) {
  planned += other.planned;
#define INVOCATOR_ADD(name) name += other.name;
  INVOCATOR_BIN_SUMS(INVOCATOR_ADD)
#undef INVOCATOR_ADD
  for (size_t i = 0; i < kOutcomes; ++i) outcomes[i] += other.outcomes[i];
}

void BinCounts::Add(const BinTotals& totals) {
#define INVOCATOR_ADD(name) name += totals.name;
  INVOCATOR_BIN_SUMS(INVOCATOR_ADD)
#undef INVOCATOR_ADD
  for (size_t i = 0; i < kOutcomes; ++i) outcomes[i] += totals.outcomes[i];
}

Timeline::Timeline(const TimeBins& bins, Lanes lanes,
                   const std::vector<std::vector<uint64_t>>& planned,
                   size_t workers)
    : bins_(bins),
      lanes_(std::move(lanes)),
      by_lane_(lanes_.size()),
      workers_(std::min(workers, kMostWorkers + 1)),
      most_open_(bins.width_s() < 1 ? kOpenTenths : kOpenBins) {
  SetPlanned(planned);
}

void Timeline::SetPlanned(const std::vector<std::vector<uint64_t>>& planned) {
  for (size_t lane = 0; lane < planned.size(); ++lane) {
    Bins<LaneBin>& bins = by_lane_[lane];
    bins.resize(std::max(bins.size(), planned[lane].size()));
    for (size_t bin = 0; bin < bins.size(); ++bin) {
      bins[bin].counts.planned =
          bin < planned[lane].size() ? planned[lane][bin] : 0;
    }
  }
}

void Timeline::Add(size_t worker, size_t instance, uint32_t tick,
                   const BinTotals& totals) {
  const uint32_t bin = bins_.BinOf(tick);
  changed_from_ = std::min(changed_from_, bin);
  Open(bin);
  LaneBin& lane = At(by_lane_[lanes_.of_instance[instance]], bin);
  lane.counts.Add(totals);
  lane.response.Merge(totals.response);
  WholeBin& whole = At(whole_, bin);
  whole.lateness.Merge(totals.lateness);
  whole.service.Merge(totals.service);
  whole.first_byte.Merge(totals.first_byte);
  WorkerBin& of_worker = At(workers_[WorkerLane(worker)], bin);
  of_worker.sent += totals.sent;
  of_worker.lateness.Merge(totals.lateness);
}

void Timeline::Open(uint32_t bin) {
  if (!open_.insert(bin).second || open_.size() <= most_open_) return;
  const uint32_t oldest =
      *open_.begin() == bin ? *std::next(open_.begin()) : *open_.begin();
  Pack(oldest);
  open_.erase(oldest);
}

void Timeline::Pack(uint32_t bin) {
  for (auto& lane : by_lane_) {
    if (bin < lane.size()) lane[bin].response.Pack();
  }
  if (bin < whole_.size()) {
    whole_[bin].lateness.Pack();
    whole_[bin].service.Pack();
    whole_[bin].first_byte.Pack();
  }
  for (auto& worker : workers_) {
    if (bin < worker.size()) worker[bin].lateness.Pack();
  }
}

void Timeline::AddLost(size_t worker, size_t lane, uint32_t bin,
                       uint64_t count) {
  changed_from_ = std::min(changed_from_, bin);
  BinCounts& counts = At(by_lane_[lane], bin).counts;
  counts.sent += count;
  counts.outcomes[static_cast<size_t>(Outcome::kLost)] += count;
  At(workers_[WorkerLane(worker)], bin).sent += count;
}

uint32_t Timeline::rows() const {
  size_t rows = std::max<size_t>(bins_.planned(), whole_.size());
  for (const auto& lane : by_lane_) rows = std::max(rows, lane.size());
  return static_cast<uint32_t>(rows);
}

BinCounts Timeline::Counts(size_t lane, uint32_t bin) const {
  const auto& bins = by_lane_[lane];
  return bin < bins.size() ? bins[bin].counts : BinCounts();
}

BinCounts Timeline::Counts(uint32_t bin) const {
  BinCounts sum;
  for (size_t lane = 0; lane < by_lane_.size(); ++lane) {
    sum.Merge(Counts(lane, bin));
  }
  return sum;
}

Histogram Timeline::Response(size_t lane, uint32_t bin) const {
  return Unpack(by_lane_[lane], bin, &LaneBin::response);
}

Histogram Timeline::Response(uint32_t bin) const {
  Histogram sum;
  for (const auto& lane : by_lane_) {
    if (bin < lane.size()) lane[bin].response.AddTo(sum);
  }
  return sum;
}

Histogram Timeline::Lateness(uint32_t bin) const {
  return Unpack(whole_, bin, &WholeBin::lateness);
}

Histogram Timeline::Service(uint32_t bin) const {
  return Unpack(whole_, bin, &WholeBin::service);
}

Histogram Timeline::FirstByte(uint32_t bin) const {
  return Unpack(whole_, bin, &WholeBin::first_byte);
}

uint64_t Timeline::WorkerSent(size_t worker_lane, uint32_t bin) const {
  const auto& bins = workers_[worker_lane];
  return bin < bins.size() ? bins[bin].sent : 0;
}

Histogram Timeline::WorkerLateness(size_t worker_lane, uint32_t bin) const {
  return Unpack(workers_[worker_lane], bin, &WorkerBin::lateness);
}

uint64_t Timeline::Accounted(size_t lane, uint32_t bin) const {
  const auto& bins = by_lane_[lane];
  if (bin >= bins.size()) return 0;
  const BinCounts& counts = bins[bin].counts;
  return counts.dropped + counts.Of(Outcome::kAborted) +
         counts.Of(Outcome::kLost) + bins[bin].response.count();
}

uint64_t Timeline::MaxInFlight(uint32_t first) const {
  InFlight in_flight;
  uint64_t most = 0;
  for (uint32_t bin = 0; bin < rows(); ++bin) {
    const uint64_t now = in_flight.After(Counts(bin));
    if (bin >= first) most = std::max(most, now);
  }
  return most;
}

uint64_t Timeline::MaxInFlightOf(size_t lane, uint32_t first) const {
  InFlight in_flight;
  uint64_t most = 0;
  for (uint32_t bin = 0; bin < rows(); ++bin) {
    const uint64_t now = in_flight.After(Counts(lane, bin));
    if (bin >= first) most = std::max(most, now);
  }
  return most;
}

uint64_t InFlight::After(const BinCounts& counts) {
  sent_ += counts.sent - counts.Of(Outcome::kLost);
  ended_ += counts.Completed();
  // Wrong bins of a worker must not make it wrap around.
  return sent_ - std::min(sent_, ended_);
}

}  // namespace invocator
