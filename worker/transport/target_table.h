// Table of the direct transport's targets: each instance's pool of connections
// and timeout. Instances with the same origin share a pool.
//
// Thread-compatible: belongs to one engine. Owns the pools.
#ifndef INVOCATOR_WORKER_TRANSPORT_TARGET_TABLE_H_
#define INVOCATOR_WORKER_TRANSPORT_TARGET_TABLE_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "worker/exchange/request.h"
#include "worker/transport/connection_pool.h"
#include "worker/transport/invoker_options.h"
#include "worker/transport/timeout_queues.h"

namespace invocator {

class TargetTable {
 public:
  struct Target {
    OriginPool* pool = nullptr;  // null if the instance is not played here
    size_t timeout_queue = 0;
    bool to_head = false;
  };

  // `requests`: by instance. Makes the queues of their timeouts.
  TargetTable(const std::vector<InstanceRequest>& requests,
              const InvokerOptions& options, TimeoutQueues& timeouts);

  const Target& operator[](size_t instance) const { return targets_[instance]; }
  const std::vector<std::unique_ptr<OriginPool>>& pools() const {
    return pools_;
  }

 private:
  std::vector<std::unique_ptr<OriginPool>> pools_;
  std::vector<Target> targets_;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_TRANSPORT_TARGET_TABLE_H_
