#include "worker/transport/target_table.h"

#include <map>
#include <string>

#include "absl/time/time.h"
#include "worker/net/origin.h"

namespace invocator {

TargetTable::TargetTable(const std::vector<InstanceRequest>& requests,
                         const InvokerOptions& options, TimeoutQueues& timeouts)
    : targets_(requests.size()) {
  std::map<std::string, OriginPool*> by_url;
  for (size_t i = 0; i < targets_.size(); ++i) {
    const InstanceRequest& request = requests[i];
    if (request.bodies.empty()) continue;  // not played here
    OriginPool*& pool = by_url[OriginOf(request.url).url];
    if (pool == nullptr) {
      pool = pools_.emplace_back(std::make_unique<OriginPool>()).get();
      pool->origin = options.target.unix_socket.empty()
                         ? ProxiedOriginOf(request.url)
                         : OriginOf(request.url);
      pool->http2 = options.http2;
      pool->max_links = options.connections;
    }
    Target& target = targets_[i];
    target.pool = pool;
    target.timeout_queue =
        timeouts.QueueFor(absl::ToInt64Nanoseconds(request.timeout));
    target.to_head = request.method == "HEAD";
  }
}

}  // namespace invocator
