#include "coordinator/books/piece_counts.h"

#include <algorithm>
#include <map>

#include "common/plan/arrivals.h"
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

}  // namespace

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
