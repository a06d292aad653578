#include "common/plan/partition.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "common/arrivals/arrival_stream.h"
#include "common/arrivals/instant_tape.h"
#include "common/plan/version_group.h"

namespace invocator {
namespace {

// Loads that should be equal differ by rounding; that is no reason to split.
constexpr double kRoundingSlack = 1e-9;

// Shares that are placed together: of different instances, and the same part of
// each.
struct Item {
  std::vector<Share> shares;
  double load_per_s = 0;
};

uint64_t StripesFor(double load_per_s, double fair_share_per_s, size_t bins) {
  if (load_per_s <= fair_share_per_s) return 1;  // also when both are zero
  const double stripes =
      std::ceil(load_per_s / fair_share_per_s - kRoundingSlack);
  return static_cast<uint64_t>(
      std::clamp(stripes, 1.0, static_cast<double>(bins)));
}

// Longest processing time first (Graham 1969), after cutting items above a fair
// share.
std::vector<std::vector<Share>> Place(const std::vector<Item>& items,
                                      size_t bins, bool may_stripe) {
  double total_per_s = 0;
  for (const Item& item : items) total_per_s += item.load_per_s;
  const double fair_share_per_s = total_per_s / static_cast<double>(bins);

  struct Piece {
    size_t item;
    uint64_t part;
    uint64_t stripes;
    double load_per_s;
  };
  std::vector<Piece> pieces;
  for (size_t i = 0; i < items.size(); ++i) {
    const double load_per_s = items[i].load_per_s;
    const uint64_t stripes =
        may_stripe ? StripesFor(load_per_s, fair_share_per_s, bins) : 1;
    for (uint64_t part = 0; part < stripes; ++part) {
      pieces.push_back(
          {i, part, stripes, load_per_s / static_cast<double>(stripes)});
    }
  }
  std::stable_sort(pieces.begin(), pieces.end(),
                   [](const Piece& a, const Piece& b) {
                     return a.load_per_s > b.load_per_s;
                   });

  struct Bin {
    double load_per_s = 0;
    std::optional<size_t> last_item;
    std::vector<Share> shares;
  };
  std::vector<Bin> filled(bins);
  for (const Piece& piece : pieces) {
    // An item's pieces come one after the other and are no more than the bins.
    // So last_item shows whether a bin has one of them, and some bin has none.
    Bin* least = nullptr;
    for (Bin& bin : filled) {
      if (bin.last_item == piece.item) continue;
      if (least == nullptr || bin.load_per_s < least->load_per_s) least = &bin;
    }
    least->load_per_s += piece.load_per_s;
    least->last_item = piece.item;
    for (const Share& share : items[piece.item].shares) {
      least->shares.push_back(share.Stripe(piece.part, piece.stripes));
    }
  }

  std::vector<std::vector<Share>> result(bins);
  for (size_t b = 0; b < bins; ++b) {
    result[b] = std::move(filled[b].shares);
    std::sort(result[b].begin(), result[b].end(),
              [](const Share& a, const Share& c) {
                return std::tie(a.instance, a.index, a.count) <
                       std::tie(c.instance, c.index, c.count);
              });
  }
  return result;
}

// A list's count over its span. A list of zeros is a burst at the start.
double ListRate(const ArrivalSpec& spec) {
  ArrivalSpec list = spec;
  list.spikes.clear();
  list.version.reset();
  const std::unique_ptr<ArrivalStream> stream = MakeArrivalStream(list);
  uint64_t count = 0;
  int64_t last_ns = 0;
  while (const std::optional<Arrival> arrival = stream->Next()) {
    ++count;
    last_ns = arrival->scheduled_ns;
  }
  const double span_s =
      last_ns > 0 ? static_cast<double>(last_ns) / 1e9 : spec.duration_s;
  return static_cast<double>(count) / span_s;
}

double CountsRate(const ArrivalSpec& spec) {
  const BinnedCalls& counts = spec.counts;
  // Bins that begin after the end do not count.
  const double bins = std::ceil(spec.duration_s * counts.speed / counts.bin_s);
  const auto within = static_cast<size_t>(
      std::min(bins, static_cast<double>(counts.counts.size())));
  double calls = 0;
  for (size_t i = 0; i < within; ++i) calls += counts.counts[i];
  return calls * counts.thin / spec.duration_s;
}

double ShapeRate(const ArrivalSpec& spec) {
  const double bursts_per_s = spec.bursts ? spec.bursts->MeanPerS() : 0;
  return MeanPerS(spec.rate, spec.duration_s) + bursts_per_s;
}

double ProcessRate(const ArrivalSpec& spec) {
  switch (spec.kind) {
    case ArrivalKind::kList:
      return ListRate(spec);
    case ArrivalKind::kCounts:
      return CountsRate(spec);
    case ArrivalKind::kTimestamps:
      return spec.tape == nullptr
                 ? 0
                 : static_cast<double>(spec.tape->count()) / spec.duration_s;
    default:
      return ShapeRate(spec);
  }
}

}  // namespace

double MeanRate(const InstancePlan& instance) {
  const ArrivalSpec& spec = instance.arrivals;
  double per_s = ProcessRate(spec);
  for (const Spike& spike : spec.spikes) per_s += spike.calls / spec.duration_s;
  return std::min(per_s / Sharers(spec), kMaxRatePerS);
}

std::vector<Share> WholeShares(const Plan& plan) {
  std::vector<Share> shares;
  for (size_t i = 0; i < plan.instances.size(); ++i) {
    shares.push_back(Share{.instance = i});
  }
  return shares;
}

std::vector<std::vector<Share>> PartitionPlan(const Plan& plan,
                                              size_t workers) {
  return PartitionShares(plan, WholeShares(plan), workers);
}

std::vector<std::vector<Share>> PartitionShares(
    const Plan& plan, const std::vector<Share>& shares, size_t engines) {
  const std::vector<size_t> places = PlacedWith(plan);
  std::vector<Item> items;
  items.reserve(shares.size());
  // Of versions: the item of their place and stripe.
  absl::flat_hash_map<std::tuple<size_t, uint64_t, uint64_t>, size_t> paired;
  for (const Share& share : shares) {
    const InstancePlan& instance = plan.instances[share.instance];
    size_t item = items.size();
    if (instance.arrivals.version) {
      item = paired
                 .try_emplace(
                     {places[share.instance], share.index, share.count}, item)
                 .first->second;
    }
    if (item == items.size()) items.emplace_back();
    items[item].shares.push_back(share);
    items[item].load_per_s +=
        MeanRate(instance) / static_cast<double>(share.count);
  }
  return Place(items, engines, !plan.blocking);
}

}  // namespace invocator
