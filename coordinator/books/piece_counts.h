// Counts the invocations in pieces of a plan: each worker's part after losses
// have moved pieces from one worker to others.
//
// Pure. Walks the arrivals of an instance once, however many pieces it is in.
#ifndef INVOCATOR_COORDINATOR_BOOKS_PIECE_COUNTS_H_
#define INVOCATOR_COORDINATOR_BOOKS_PIECE_COUNTS_H_

#include <cstdint>
#include <vector>

#include "common/plan/piece.h"
#include "common/plan/plan.h"
#include "common/result/time_bins.h"
#include "coordinator/books/census.h"
#include "coordinator/timeline/lanes.h"

namespace invocator {

// The pieces that one worker plays, or played, up to an instant. Borrows them.
struct PieceList {
  const std::vector<Piece>& pieces;
  int64_t before_ns = Piece::kForever;
};

// counts[list][instance]. `census`: of `plan`. Walks no further than the last
// bound.
std::vector<std::vector<uint64_t>> CountPieces(
    const Plan& plan, const Census& census,
    const std::vector<PieceList>& lists);

// The census of the part of the plan that is in the lists, one for each worker.
// First instants and peaks stay those of `census`, the whole plan's.
// Walks no further than the last bound.
Census CutCensus(const Plan& plan, const Census& census,
                 const std::vector<PieceList>& lists);

struct PieceSum {
  uint64_t count = 0;
  uint64_t digest = 0;  // common/plan/digest.h
};

// By list, over all instances. Walks all their arrivals.
std::vector<PieceSum> SumPieces(const Plan& plan,
                                const std::vector<PieceList>& lists);

// counts[list][lane][bin]: the invocations scheduled in each bin, up to the
// last non-zero one. Generates all arrivals of the listed instances.
std::vector<std::vector<std::vector<uint64_t>>> BinPieces(
    const Plan& plan, const std::vector<PieceList>& lists, const TimeBins& bins,
    const Lanes& lanes);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_BOOKS_PIECE_COUNTS_H_
