// Computes the most that each worker can report: the number of invocations of
// each instance in its pieces of the plan.
//
// Walks arrivals when pieces have changed, for a few hundred milliseconds in
// total. After that, workers with changed pieces get the limits of whole
// shares, and only the closed books are exact.
//
// Thread-compatible. Borrows plan and census.
#ifndef INVOCATOR_COORDINATOR_BOOKS_REPORT_LIMITS_H_
#define INVOCATOR_COORDINATOR_BOOKS_REPORT_LIMITS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "common/plan/piece.h"
#include "common/plan/plan.h"
#include "coordinator/books/census.h"

namespace invocator {

class ReportLimits {
 public:
  // `most_walked`: arrivals, in all walks together.
  ReportLimits(const Plan& plan, const Census& census, size_t workers,
               uint64_t most_walked = 20'000'000)
      : plan_(plan), census_(census), bounds_(workers), left_(most_walked) {}

  // Sets the worker's current pieces. Returns its limits by instance, or
  // nullopt if the pieces are unchanged.
  std::optional<std::vector<uint64_t>> Update(size_t worker,
                                              const std::vector<Piece>& pieces);

  // Reserves one more walk over all arrivals; false if it would cost too much.
  bool TakeWalk();

 private:
  using Bounds = std::vector<std::pair<int64_t, int64_t>>;

  const Plan& plan_;
  const Census& census_;
  // By worker, from the last Update; the shares of a piece never change.
  std::vector<std::optional<Bounds>> bounds_;
  uint64_t left_;  // arrivals that may still be walked
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_BOOKS_REPORT_LIMITS_H_
