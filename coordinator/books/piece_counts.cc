#include "coordinator/books/piece_counts.h"

#include <algorithm>
#include <map>

#include "absl/container/flat_hash_map.h"
#include "common/arrivals/arrival_stream.h"
#include "common/plan/digest.h"
#include "coordinator/books/owner_table.h"

namespace invocator {
namespace {

// How many of one instance's arrivals are scheduled before each of some
// instants. They are in the order of their sequence, so that a share between
// two instants is counted without looking at its arrivals one by one.
class ArrivalCounts {
 public:
  // Makes the instant one of those that Walk counts up to.
  void Mark(int64_t instant_ns) {
    if (instant_ns > 0 && instant_ns < Piece::kForever) before_[instant_ns];
  }

  void Walk(const ArrivalSpec& arrivals) {
    if (before_.empty()) return;
    const auto stream = MakeArrivalStream(arrivals);
    auto next = stream->Next();
    uint64_t count = 0;
    for (auto& [instant_ns, counted] : before_) {
      for (; next && next->scheduled_ns < instant_ns; next = stream->Next()) {
        ++count;
      }
      counted = count;
    }
  }

  // REQUIRES: it was marked. `all`: the count of all arrivals.
  uint64_t Before(int64_t instant_ns, uint64_t all) const {
    if (instant_ns <= 0) return 0;
    return instant_ns == Piece::kForever ? all : before_.at(instant_ns);
  }

 private:
  std::map<int64_t, uint64_t> before_;
};

// Calls visit(list, share, from_ns, until_ns) for what is not empty.
template <typename Visit>
void ForEachShare(const std::vector<PieceList>& lists, Visit visit) {
  for (size_t list = 0; list < lists.size(); ++list) {
    for (const Piece& piece : lists[list].pieces) {
      const int64_t until_ns = std::min(piece.until_ns, lists[list].before_ns);
      if (piece.from_ns >= until_ns) continue;
      for (const Share& share : piece.shares) {
        visit(list, share, piece.from_ns, until_ns);
      }
    }
  }
}

// Finds the lists that hold an arrival. Shares of an instance have few
// different counts, as each loss makes one more at most.
class Claims {
 public:
  void Add(size_t list, const Share& share, int64_t from_ns, int64_t until_ns) {
    until_ns_ = std::max(until_ns_, until_ns);
    auto& by_index = by_count_[share.count];
    by_index[share.index].push_back({list, from_ns, until_ns});
  }

  // Calls visit(list).
  template <typename Visit>
  void ForEachOf(const Arrival& arrival, Visit visit) const {
    for (const auto& [count, by_index] : by_count_) {
      const auto found = by_index.find(arrival.sequence % count);
      if (found == by_index.end()) continue;
      for (const Claim& claim : found->second) {
        if (arrival.scheduled_ns >= claim.from_ns &&
            arrival.scheduled_ns < claim.until_ns) {
          visit(claim.list);
        }
      }
    }
  }
  bool empty() const { return by_count_.empty(); }
  // No arrival from here on is in a list.
  int64_t until_ns() const { return until_ns_; }

 private:
  struct Claim {
    size_t list;
    int64_t from_ns;
    int64_t until_ns;
  };
  std::map<uint64_t, absl::flat_hash_map<uint64_t, std::vector<Claim>>>
      by_count_;
  int64_t until_ns_ = 0;
};

// Calls visit(list, instance, arrival) for every arrival in the lists.
template <typename Visit>
void ForEachArrival(const Plan& plan, const std::vector<PieceList>& lists,
                    Visit visit) {
  std::vector<Claims> claims(plan.instances.size());
  ForEachShare(lists, [&](size_t list, const Share& share, int64_t from_ns,
                          int64_t until_ns) {
    claims[share.instance].Add(list, share, from_ns, until_ns);
  });
  for (size_t i = 0; i < claims.size(); ++i) {
    if (claims[i].empty()) continue;
    const auto stream = MakeArrivalStream(plan.instances[i].arrivals);
    while (const auto arrival = stream->Next()) {
      if (arrival->scheduled_ns >= claims[i].until_ns()) break;
      claims[i].ForEachOf(*arrival,
                          [&](size_t list) { visit(list, i, *arrival); });
    }
  }
}

std::vector<uint64_t> NameHashes(const Plan& plan) {
  std::vector<uint64_t> hashes;
  hashes.reserve(plan.instances.size());
  for (const InstancePlan& instance : plan.instances) {
    hashes.push_back(HashName(instance.name));
  }
  return hashes;
}

void AddTo(std::vector<uint64_t>& counts, uint32_t bin) {
  if (bin >= counts.size()) counts.resize(bin + 1);
  ++counts[bin];
}

}  // namespace

Census CutCensus(const Plan& plan, const Census& census,
                 const std::vector<PieceList>& lists) {
  Census cut = census;
  const auto clear = [](InstanceCensus& of) {
    of.count = of.digest = of.warmup_count = of.warmup_digest = 0;
    of.last_ns = 0;
  };
  clear(cut.total);
  for (InstanceCensus& instance : cut.instances) clear(instance);
  cut.planned.assign(lists.size(),
                     std::vector<uint64_t>(plan.instances.size()));
  cut.digests.assign(lists.size(), 0);
  for (std::vector<uint64_t>& lane : cut.bins) lane.clear();
  const std::vector<uint64_t> name_hashes = NameHashes(plan);
  const TimeBins bins(plan.duration_s);
  const int64_t warmup_ns = plan.WarmupNs();
  ForEachArrival(
      plan, lists, [&](size_t list, size_t instance, const Arrival& arrival) {
        const uint64_t term = DigestTerm(
            name_hashes[instance], arrival.sequence, arrival.scheduled_ns);
        for (InstanceCensus* of : {&cut.instances[instance], &cut.total}) {
          ++of->count;
          of->digest += term;
          of->last_ns = std::max(of->last_ns, arrival.scheduled_ns);
          if (arrival.scheduled_ns >= warmup_ns) continue;
          ++of->warmup_count;
          of->warmup_digest += term;
        }
        ++cut.planned[list][instance];
        cut.digests[list] += term;
        AddTo(cut.bins[census.lanes.of_instance[instance]],
              bins.BinOf(bins.TickOf(arrival.scheduled_ns)));
      });
  return cut;
}

std::vector<PieceSum> SumPieces(const Plan& plan,
                                const std::vector<PieceList>& lists) {
  const std::vector<uint64_t> name_hashes = NameHashes(plan);
  std::vector<PieceSum> sums(lists.size());
  ForEachArrival(
      plan, lists, [&](size_t list, size_t instance, const Arrival& arrival) {
        ++sums[list].count;
        sums[list].digest += DigestTerm(name_hashes[instance], arrival.sequence,
                                        arrival.scheduled_ns);
      });
  return sums;
}

std::vector<std::vector<std::vector<uint64_t>>> BinPieces(
    const Plan& plan, const std::vector<PieceList>& lists, const TimeBins& bins,
    const Lanes& lanes) {
  std::vector<std::vector<std::vector<uint64_t>>> counts(
      lists.size(), std::vector<std::vector<uint64_t>>(lanes.size()));
  ForEachArrival(plan, lists,
                 [&](size_t list, size_t instance, const Arrival& arrival) {
                   std::vector<uint64_t>& by_bin =
                       counts[list][lanes.of_instance[instance]];
                   AddTo(by_bin, bins.BinOf(bins.TickOf(arrival.scheduled_ns)));
                 });
  return counts;
}

std::vector<std::vector<uint64_t>> CountPieces(
    const Plan& plan, const Census& census,
    const std::vector<PieceList>& lists) {
  std::vector<ArrivalCounts> arrivals(plan.instances.size());
  ForEachShare(lists, [&](size_t /*list*/, const Share& share, int64_t from_ns,
                          int64_t until_ns) {
    arrivals[share.instance].Mark(from_ns);
    arrivals[share.instance].Mark(until_ns);
  });
  for (size_t i = 0; i < arrivals.size(); ++i) {
    arrivals[i].Walk(plan.instances[i].arrivals);
  }
  std::vector<std::vector<uint64_t>> counts(
      lists.size(), std::vector<uint64_t>(plan.instances.size()));
  ForEachShare(lists, [&](size_t list, const Share& share, int64_t from_ns,
                          int64_t until_ns) {
    const ArrivalCounts& of = arrivals[share.instance];
    const uint64_t all = census.instances[share.instance].count;
    counts[list][share.instance] +=
        CountOwned(share, of.Before(until_ns, all)) -
        CountOwned(share, of.Before(from_ns, all));
  });
  return counts;
}

}  // namespace invocator
