#include "coordinator/books/census.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <queue>
#include <utility>

#include "common/arrivals/arrival_stream.h"
#include "common/plan/digest.h"
#include "common/result/time_bins.h"
#include "coordinator/books/owner_table.h"

namespace invocator {
namespace {

constexpr int64_t kNsPerS = 1'000'000'000;

// Planned invocations by bin, up to the last non-zero one.
using BinnedCounts = std::vector<uint64_t>;

void AddTo(BinnedCounts& bins, uint32_t bin, uint64_t count) {
  if (bin >= bins.size()) bins.resize(bin + 1);
  bins[bin] += count;
}

// Counts one instance's arrivals tick by tick.
class InstanceCounter {
 public:
  // `shares`: that the instance is divided into; shares[i] has index i.
  InstanceCounter(const InstancePlan& instance, uint64_t shares,
                  const TimeBins& bins, int64_t warmup_ns)
      : name_hash_(HashName(instance.name)),
        bins_(bins),
        warmup_ns_(warmup_ns),
        stream_(MakeArrivalStream(instance.arrivals)),
        digests_(std::max<uint64_t>(shares, 1)),
        next_ns_(NextNs()) {
    if (next_ns_ != kNever) census_.first_ns = next_ns_;
  }

  // Tick of the next arrival, or nullopt at the end.
  std::optional<uint32_t> NextTick() const {
    if (next_ns_ == kNever) return std::nullopt;
    return bins_.TickOf(next_ns_);
  }

  // Counts the arrivals before that tick's end; returns how many.
  uint64_t CountTick() {
    const int64_t end_ns = (int64_t{*NextTick()} + 1) * bins_.tick_ns();
    const uint64_t counted = census_.count;
    if (next_ns_ < warmup_ns_) {
      CountShares(std::min(end_ns, warmup_ns_));
      census_.warmup_count = census_.count;
      census_.warmup_digest = Digest();
    }
    CountShares(end_ns);
    const uint64_t count = census_.count - counted;
    const int64_t second = (end_ns - 1) / kNsPerS;
    if (second != second_) count_in_second_ = 0;
    second_ = second;
    count_in_second_ += count;
    census_.peak_per_s = std::max(census_.peak_per_s, count_in_second_);
    return count;
  }

  InstanceCensus census() const {
    InstanceCensus census = census_;
    census.digest = Digest();
    return census;
  }
  uint64_t DigestOf(uint64_t share) const { return digests_[share]; }

 private:
  static constexpr int64_t kNever = INT64_MAX;

  void CountShares(int64_t end_ns) {
    // One share is the usual case, and needs no memory on the way.
    if (digests_.size() == 1) {
      uint64_t digest = 0;
      CountUntil(end_ns, [&](uint64_t term) { digest += term; });
      digests_[0] += digest;
    } else {
      CountUntil(end_ns, [&](uint64_t term) {
        digests_[share_] += term;
        if (++share_ == digests_.size()) share_ = 0;
      });
    }
  }

  uint64_t Digest() const {
    return std::accumulate(digests_.begin(), digests_.end(), uint64_t{0});
  }

  // Calls take(term), the digest's, for each arrival.
  template <typename Take>
  void CountUntil(int64_t end_ns, Take take) {
    for (; next_ns_ < end_ns; next_ns_ = NextNs()) {
      // Sequences count from 0 without a gap: the next is the count so far.
      take(DigestTerm(name_hash_, census_.count++, next_ns_));
      census_.last_ns = next_ns_;
    }
  }

  int64_t NextNs() {
    const std::optional<Arrival> next = stream_->Next();
    return next ? next->scheduled_ns : kNever;
  }

  uint64_t name_hash_;
  TimeBins bins_;
  int64_t warmup_ns_;
  std::unique_ptr<ArrivalStream> stream_;
  std::vector<uint64_t> digests_;  // by share
  size_t share_ = 0;               // of the next arrival
  int64_t next_ns_;
  int64_t second_ = -1;  // of the last count
  uint64_t count_in_second_ = 0;
  InstanceCensus census_;  // but for the digest
};

// Counts planned invocations by lane and bin. `whole`: by bin, of all
// instances.
void CountLanes(const Plan& plan, const TimeBins& bins,
                const BinnedCounts& whole, Census& census) {
  BinnedCounts rest = whole;
  for (const uint32_t instance : census.lanes.instances) {
    BinnedCounts& of_lane = census.bins.emplace_back();
    const auto stream = MakeArrivalStream(plan.instances[instance].arrivals);
    while (const auto next = stream->Next()) {
      const uint32_t bin = bins.BinOf(bins.TickOf(next->scheduled_ns));
      AddTo(of_lane, bin, 1);
      --rest[bin];
    }
  }
  while (!rest.empty() && rest.back() == 0) rest.pop_back();
  census.bins.push_back(std::move(rest));
}

void Add(const InstanceCensus& instance, InstanceCensus& total) {
  if (instance.count == 0) return;
  total.first_ns = total.count == 0
                       ? instance.first_ns
                       : std::min(total.first_ns, instance.first_ns);
  total.last_ns = std::max(total.last_ns, instance.last_ns);
  total.count += instance.count;
  total.warmup_count += instance.warmup_count;
  total.warmup_digest += instance.warmup_digest;
  total.digest += instance.digest;
}

}  // namespace

uint64_t Census::PlannedOf(size_t worker) const {
  return std::accumulate(planned[worker].begin(), planned[worker].end(),
                         uint64_t{0});
}

Census TakeCensus(const Plan& plan,
                  const std::vector<std::vector<Share>>& partition) {
  Census census;
  std::vector<uint64_t> shares_of(plan.instances.size());
  for (const std::vector<Share>& shares : partition) {
    for (const Share& share : shares) {
      shares_of[share.instance] = share.count;
    }
  }
  const TimeBins bins(plan.duration_s);
  std::vector<InstanceCounter> counters;
  counters.reserve(plan.instances.size());
  // The instances advance together, a tick at a time, so that the peak of their
  // sum is found while only the current second's count is held.
  using Due = std::pair<uint32_t, size_t>;  // tick, instance
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due;
  for (size_t i = 0; i < plan.instances.size(); ++i) {
    counters.emplace_back(plan.instances[i], shares_of[i], bins,
                          plan.WarmupNs());
    if (auto tick = counters[i].NextTick()) due.push({*tick, i});
  }
  const bool all_have_lanes = plan.instances.size() <= kMostLanes;
  if (all_have_lanes) census.bins.resize(plan.instances.size());
  BinnedCounts whole;
  int64_t current_second = -1;
  uint64_t count_in_second = 0;
  while (!due.empty()) {
    const auto [tick, i] = due.top();
    due.pop();
    const int64_t second = tick * bins.tick_ns() / kNsPerS;
    if (second != current_second) count_in_second = 0;
    current_second = second;
    const uint64_t count = counters[i].CountTick();
    count_in_second += count;
    census.total.peak_per_s =
        std::max(census.total.peak_per_s, count_in_second);
    AddTo(all_have_lanes ? census.bins[i] : whole, bins.BinOf(tick), count);
    if (auto next = counters[i].NextTick()) due.push({*next, i});
  }

  std::vector<uint64_t> counts;
  for (const InstanceCounter& counter : counters) {
    census.instances.push_back(counter.census());
    counts.push_back(counter.census().count);
    Add(counter.census(), census.total);
  }
  census.lanes = ChooseLanes(counts);
  if (!all_have_lanes) CountLanes(plan, bins, whole, census);
  for (const std::vector<Share>& shares : partition) {
    std::vector<uint64_t>& planned =
        census.planned.emplace_back(plan.instances.size());
    uint64_t& digest = census.digests.emplace_back(0);
    for (const Share& share : shares) {
      planned[share.instance] +=
          CountOwned(share, census.instances[share.instance].count);
      digest += counters[share.instance].DigestOf(share.index);
    }
  }
  return census;
}

}  // namespace invocator
