// The sockets a coordinator listens on for its workers.
#ifndef INVOCATOR_COORDINATOR_LISTENING_SOCKETS_H_
#define INVOCATOR_COORDINATOR_LISTENING_SOCKETS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace invocator {

// Owns them; closed with it.
class ListeningSockets {
 public:
  // Listens at `address` ("host:port"): on every address of a host's name that
  // this machine has, and for 0.0.0.0 and [::] on all of IPv4 and IPv6. Errors
  // name the address and the system's reason. Ports are never shared: two
  // coordinators on one would get each other's workers.
  static absl::StatusOr<ListeningSockets> Open(const std::string& address);

  ListeningSockets(ListeningSockets&& other) noexcept
      : fds_(std::exchange(other.fds_, {})) {}
  ListeningSockets& operator=(ListeningSockets&&) = delete;
  ~ListeningSockets();

  // Do not block.
  const std::vector<int>& fds() const { return fds_; }

 private:
  ListeningSockets() = default;

  std::vector<int> fds_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_LISTENING_SOCKETS_H_
