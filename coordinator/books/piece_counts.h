// Counts what of a plan lies in pieces of it: who was to play how much, when a
// loss has moved it from one worker to others.
//
// Pure. Walks the arrivals of an instance once, however many pieces it is in.
#ifndef INVOCATOR_COORDINATOR_BOOKS_PIECE_COUNTS_H_
#define INVOCATOR_COORDINATOR_BOOKS_PIECE_COUNTS_H_

#include <cstdint>
#include <vector>

#include "common/plan/piece.h"
#include "common/plan/plan.h"
#include "coordinator/books/census.h"

namespace invocator {

// What one worker has to play, or had, as far as it is scheduled before an
// instant. Borrows the pieces.
struct PieceList {
  const std::vector<Piece>& pieces;
  int64_t before_ns = Piece::kForever;
};

// counts[list][instance]. `census`: of that plan. Walks only as far as the last
// bounds.
std::vector<std::vector<uint64_t>> CountPieces(
    const Plan& plan, const Census& census,
    const std::vector<PieceList>& lists);

struct PieceSum {
  uint64_t count = 0;
  uint64_t digest = 0;  // common/plan/digest.h
};

// By list, over all instances. Walks all their arrivals.
std::vector<PieceSum> SumPieces(const Plan& plan,
                                const std::vector<PieceList>& lists);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_BOOKS_PIECE_COUNTS_H_
