// Opens and owns the sockets on which a coordinator listens for workers.
#ifndef INVOCATOR_COORDINATOR_FLEET_LISTENING_SOCKETS_H_
#define INVOCATOR_COORDINATOR_FLEET_LISTENING_SOCKETS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace invocator {

// Closes its sockets when it is destroyed.
class ListeningSockets {
 public:
  // Listens at `address` ("host:port"): on every address of the host that this
  // machine has; for 0.0.0.0 and [::] on all of IPv4 and IPv6. Errors name the
  // address and the system's reason. Ports are never shared: two coordinators
  // on one port would get each other's workers.
  static absl::StatusOr<ListeningSockets> Open(const std::string& address);

  ListeningSockets(ListeningSockets&& other) noexcept
      : fds_(std::exchange(other.fds_, {})) {}
  ListeningSockets& operator=(ListeningSockets&&) = delete;
  ~ListeningSockets();

  // Non-blocking.
  const std::vector<int>& fds() const { return fds_; }

 private:
  ListeningSockets() = default;

  std::vector<int> fds_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FLEET_LISTENING_SOCKETS_H_
