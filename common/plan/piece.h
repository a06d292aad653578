// A piece of the plan, and who plays it: shares, between two instants of the
// run. A worker begins with one; when another worker is lost, it may get more.
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
  int64_t from_ns = 0;          // what is scheduled then or later,
  int64_t until_ns = kForever;  // and before

  friend bool operator==(const Piece&, const Piece&) = default;
};

// Takes from `pieces`, those of a lost worker, what is scheduled at `at_ns` or
// later, and divides it: one list of pieces for each of `heirs`. A share is
// striped over all of them, or given whole to one: unless `may_stripe`, or
// where it is a small stripe already, so that losses one after the other do not
// make ever more and thinner ones. REQUIRES: heirs > 0
std::vector<std::vector<Piece>> DivideFrom(int64_t at_ns, size_t heirs,
                                           bool may_stripe,
                                           std::vector<Piece>& pieces);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PLAN_PIECE_H_
