// Maps each invocation to the worker that plays it. Pure; thread-compatible.
#ifndef INVOCATOR_COORDINATOR_BOOKS_OWNER_TABLE_H_
#define INVOCATOR_COORDINATOR_BOOKS_OWNER_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/plan/share.h"

namespace invocator {

class OwnerTable {
 public:
  // REQUIRES: `partition` comes from PartitionPlan: one list of shares per
  // worker; the shares of an instance have the same count, and each index once.
  OwnerTable(const std::vector<std::vector<Share>>& partition,
             size_t instances);

  // Index of the worker. REQUIRES: instance < instances
  size_t Owner(size_t instance, uint64_t sequence) const {
    const std::vector<size_t>& workers = workers_[instance];
    return workers.size() == 1 ? workers[0]
                               : workers[sequence % workers.size()];
  }

 private:
  // By instance, then by the index of the share.
  std::vector<std::vector<size_t>> workers_;
};

// Number of an instance's first `count` invocations that belong to the share.
uint64_t CountOwned(const Share& share, uint64_t count);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_BOOKS_OWNER_TABLE_H_
