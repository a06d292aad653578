#include "coordinator/books/census.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <queue>
#include <utility>

#include "common/plan/arrivals.h"
#include "common/plan/digest.h"
#include "coordinator/books/owner_table.h"

namespace invocator {
namespace {

constexpr int64_t kNsPerS = 1'000'000'000;

// Counts one instance's arrivals second by second.
class InstanceCounter {
 public:
  // `shares`: that the instance is divided into; shares[i] has index i.
  InstanceCounter(const InstancePlan& instance, uint64_t shares)
      : name_hash_(HashName(instance.name)),
        stream_(MakeArrivalStream(instance.arrivals)),
        digests_(std::max<uint64_t>(shares, 1)),
        next_ns_(NextNs()) {
    if (next_ns_ != kNever) census_.first_ns = next_ns_;
  }

  // The second in which the next arrival lies, or nullopt at the end.
  std::optional<int64_t> NextSecond() const {
    if (next_ns_ == kNever) return std::nullopt;
    return next_ns_ / kNsPerS;
  }

  // Counts the arrivals before that second's end; returns how many.
  uint64_t CountSecond() {
    const int64_t end_ns = (*NextSecond() + 1) * kNsPerS;
    const uint64_t counted = census_.count;
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
    const uint64_t count = census_.count - counted;
    census_.peak_per_s = std::max(census_.peak_per_s, count);
    return count;
  }

  InstanceCensus census() const {
    InstanceCensus census = census_;
    census.digest =
        std::accumulate(digests_.begin(), digests_.end(), uint64_t{0});
    return census;
  }
  uint64_t DigestOf(uint64_t share) const { return digests_[share]; }

 private:
  static constexpr int64_t kNever = INT64_MAX;

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
  std::unique_ptr<ArrivalStream> stream_;
  std::vector<uint64_t> digests_;  // by share
  size_t share_ = 0;               // of the next arrival
  int64_t next_ns_;
  InstanceCensus census_;  // but for the digest
};

void Add(const InstanceCensus& instance, InstanceCensus& total) {
  if (instance.count == 0) return;
  total.first_ns = total.count == 0
                       ? instance.first_ns
                       : std::min(total.first_ns, instance.first_ns);
  total.last_ns = std::max(total.last_ns, instance.last_ns);
  total.count += instance.count;
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
  std::vector<InstanceCounter> counters;
  counters.reserve(plan.instances.size());
  // The instances advance together, a second at a time, so that the peak of
  // their sum is found while only the current second's count is held.
  using Due = std::pair<int64_t, size_t>;  // second, instance
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due;
  for (size_t i = 0; i < plan.instances.size(); ++i) {
    counters.emplace_back(plan.instances[i], shares_of[i]);
    if (auto second = counters[i].NextSecond()) due.push({*second, i});
  }
  int64_t current_second = -1;
  uint64_t count_in_second = 0;
  while (!due.empty()) {
    const auto [second, i] = due.top();
    due.pop();
    if (second != current_second) count_in_second = 0;
    current_second = second;
    count_in_second += counters[i].CountSecond();
    census.total.peak_per_s =
        std::max(census.total.peak_per_s, count_in_second);
    if (auto next = counters[i].NextSecond()) due.push({*next, i});
  }

  for (const InstanceCounter& counter : counters) {
    census.instances.push_back(counter.census());
    Add(counter.census(), census.total);
  }
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
