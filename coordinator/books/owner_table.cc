#include "coordinator/books/owner_table.h"

namespace invocator {

OwnerTable::OwnerTable(const std::vector<std::vector<Share>>& partition,
                       size_t instances)
    : workers_(instances, std::vector<size_t>(1)) {
  for (size_t worker = 0; worker < partition.size(); ++worker) {
    for (const Share& share : partition[worker]) {
      workers_[share.instance].resize(share.count);
      workers_[share.instance][share.index] = worker;
    }
  }
}

uint64_t CountOwned(const Share& share, uint64_t count) {
  return count <= share.index ? 0 : (count - share.index - 1) / share.count + 1;
}

}  // namespace invocator
