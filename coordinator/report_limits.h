// The most that each worker can report: how many invocations of each instance
// its pieces of the plan hold.
//
// Walks arrivals when pieces have changed, some hundred milliseconds in all:
// from then on the limits of such workers are those of whole shares, and only
// the closed books are exact.
//
// Thread-compatible. Borrows plan and census.
#ifndef INVOCATOR_COORDINATOR_REPORT_LIMITS_H_
#define INVOCATOR_COORDINATOR_REPORT_LIMITS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "common/plan.h"
#include "coordinator/census.h"
#include "coordinator/piece.h"

namespace invocator {

class ReportLimits {
 public:
  // `most_walked`: arrivals.
  ReportLimits(const Plan& plan, const Census& census, size_t workers,
               uint64_t most_walked = 20'000'000)
      : plan_(plan), census_(census), bounds_(workers), left_(most_walked) {}

  // The worker has these pieces now. Returns its limits by instance, or nullopt
  // if the pieces are as they were.
  std::optional<std::vector<uint64_t>> Update(size_t worker,
                                              const std::vector<Piece>& pieces);

  // Whether one more walk over all arrivals is cheap enough; it is taken then.
  bool TakeWalk();

 private:
  using Bounds = std::vector<std::pair<int64_t, int64_t>>;

  const Plan& plan_;
  const Census& census_;
  // Of each worker's pieces, as they were; the shares of a piece never change.
  std::vector<std::optional<Bounds>> bounds_;
  uint64_t left_;  // arrivals that may yet be walked over
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REPORT_LIMITS_H_
