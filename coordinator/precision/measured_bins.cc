#include "coordinator/precision/measured_bins.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "coordinator/books/subject_interval.h"

namespace invocator {
namespace {

// Seconds are sums of binary fractions: 30 bins of 0.1 s.
constexpr double kRounding = 1e-6;

enum Place { kLateness, kService, kFirstByte, kResponse };

std::optional<Place> PlaceOf(Histogram Totals::*latency) {
  if (latency == &Totals::lateness) return kLateness;
  if (latency == &Totals::service) return kService;
  if (latency == &Totals::first_byte) return kFirstByte;
  if (latency == &Totals::response) return kResponse;
  return std::nullopt;
}

Histogram BinOf(const Timeline& timeline, Place place, MeasuredLane lane,
                uint32_t bin) {
  switch (place) {
    case kLateness:
      return timeline.Lateness(bin);
    case kService:
      return timeline.Service(bin);
    case kFirstByte:
      return timeline.FirstByte(bin);
    case kResponse:
      break;
  }
  return lane ? timeline.Response(*lane, bin) : timeline.Response(bin);
}

}  // namespace

MeasuredBins::MeasuredBins(const Timeline& timeline, double from_s,
                           double until_s)
    : timeline_(timeline),
      first_(static_cast<uint32_t>(
          std::ceil(from_s / timeline.bins().width_s() - kRounding))),
      end_(std::min({static_cast<uint32_t>(std::max(
                         0.0, until_s / timeline.bins().width_s() + kRounding)),
                     timeline.bins().planned(), timeline.rows()})) {
  end_ = std::max(first_, end_);
}

const LatencyBins* MeasuredBins::Latency(Histogram Totals::*latency,
                                         MeasuredLane lane) {
  const std::optional<Place> place = PlaceOf(latency);
  if (!place || (lane && *place != kResponse)) return nullptr;
  const auto [at, is_new] = latencies_.try_emplace({*place, lane});
  if (is_new) {
    for (uint32_t bin = first_; bin < end_; ++bin) {
      at->second.Add(BinOf(timeline_, *place, lane, bin));
    }
  }
  return &at->second;
}

std::optional<Interval> MeasuredBins::IntervalOf(const Threshold& subject,
                                                 MeasuredLane lane,
                                                 double confidence) {
  if (!HasInterval(subject)) return std::nullopt;
  if (subject.is_share) {
    return SubjectInterval(Shares(subject, lane), confidence);
  }
  const LatencyBins* const bins = Latency(subject.metric.latency, lane);
  if (bins == nullptr) return std::nullopt;
  return SubjectInterval(subject, *bins, confidence);
}

std::optional<size_t> MeasuredBins::LaneOf(size_t instance) const {
  const Lanes& lanes = timeline_.lanes();
  const size_t lane = lanes.of_instance[instance];
  return lane < lanes.instances.size() ? std::optional(lane) : std::nullopt;
}

std::vector<ShareBin> MeasuredBins::Shares(const Threshold& subject,
                                           MeasuredLane lane) const {
  std::vector<ShareBin> bins;
  for (uint32_t bin = first_; bin < end_; ++bin) {
    bins.push_back(ShareIn(
        subject, lane ? timeline_.Counts(*lane, bin) : timeline_.Counts(bin)));
  }
  return bins;
}

}  // namespace invocator
