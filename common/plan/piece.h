// A piece of the plan, for one worker: shares, between two instants of the run.
// A worker begins with one piece and may get more when another worker is lost.
//
// Pure. Units: nanoseconds since the run's start.
#ifndef INVOCATOR_COMMON_PLAN_PIECE_H_
#define INVOCATOR_COMMON_PLAN_PIECE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/plan/share.h"

namespace invocator {

struct Piece {
  static constexpr int64_t kForever = INT64_MAX;

  std::vector<Share> shares;
  int64_t from_ns = 0;          // inclusive
  int64_t until_ns = kForever;  // exclusive

  friend bool operator==(const Piece&, const Piece&) = default;
};

// Takes the calls scheduled at `at_ns` or later from `pieces`, those of a lost
// worker, and divides them: one list of pieces for each heir. A share is
// striped over all heirs if `may_stripe`. Otherwise, or if it is a small stripe
// already, one heir gets it whole: repeated losses must not make ever more and
// thinner stripes. `places`: as of PlacedWith (version_group.h), so that paired
// versions stay together; empty: there are none. REQUIRES: heirs > 0
std::vector<std::vector<Piece>> DivideFrom(
    int64_t at_ns, size_t heirs, bool may_stripe, std::vector<Piece>& pieces,
    const std::vector<size_t>& places = {});

// Drops the calls scheduled at `at_ns` or later from `pieces`, which stay as
// many.
void CutFrom(int64_t at_ns, std::vector<Piece>& pieces);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PLAN_PIECE_H_
