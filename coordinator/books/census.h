// Counts a plan's invocations without sending them: the planned side of the
// books that a run has to balance.
//
// Takes time in proportion to the invocations (tens of nanoseconds each; with
// more than kMostLanes instances, those in lanes are generated twice) and
// memory in proportion to the instances. Pure.
#ifndef INVOCATOR_COORDINATOR_BOOKS_CENSUS_H_
#define INVOCATOR_COORDINATOR_BOOKS_CENSUS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/plan/plan.h"
#include "common/plan/share.h"
#include "coordinator/timeline/lanes.h"

namespace invocator {

struct InstanceCensus {
  uint64_t count = 0;
  uint64_t digest = 0;  // common/plan/digest.h
  // Of the warm-up; included in the two above.
  uint64_t warmup_count = 0;
  uint64_t warmup_digest = 0;
  int64_t first_ns = 0;  // both 0 when count is
  int64_t last_ns = 0;
  uint64_t peak_per_s = 0;  // the most in any second [k, k + 1)

  friend bool operator==(const InstanceCensus&,
                         const InstanceCensus&) = default;
};

struct Census {
  std::vector<InstanceCensus> instances;  // as in the plan
  InstanceCensus total;
  // planned[worker][instance]; the sums over an instance's workers are its
  // count.
  std::vector<std::vector<uint64_t>> planned;
  // By worker, of its whole part. Their sum is the total's.
  std::vector<uint64_t> digests;
  // Lanes of the timeline, and invocations by lane and bin, up to the last
  // non-zero one.
  Lanes lanes;
  std::vector<std::vector<uint64_t>> bins;

  uint64_t PlannedOf(size_t worker) const;
};

// `partition` holds one list of shares per worker, whose union is the plan.
Census TakeCensus(const Plan& plan,
                  const std::vector<std::vector<Share>>& partition);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_BOOKS_CENSUS_H_
