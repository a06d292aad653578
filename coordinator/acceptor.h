// Accepts the workers' connections on its own thread and hands them to gRPC,
// whose listener stops for ever once descriptors have run out. Connections
// beyond the limits wait in the kernel's queue until there is room.
#ifndef INVOCATOR_COORDINATOR_ACCEPTOR_H_
#define INVOCATOR_COORDINATOR_ACCEPTOR_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <thread>

#include "absl/status/statusor.h"
#include "coordinator/fleet_limits.h"
#include "coordinator/listening_sockets.h"
#include "coordinator/open_connections.h"

namespace invocator {

class Acceptor {
 public:
  // Both are called on the acceptor's thread.
  struct Peers {
    // Takes over the connection `fd` that `listener` accepted.
    std::function<void(int listener, int fd)> take;
    // Number of open connections whose worker has said Hello.
    std::function<size_t()> greeted;
  };

  // Accepts until it is destroyed. An error, such as RESOURCE_EXHAUSTED, if
  // there is no descriptor for its wake-up.
  static absl::StatusOr<std::unique_ptr<Acceptor>> Start(
      ListeningSockets sockets, const FleetLimits& limits, Peers peers);
  // Accepts nothing more once it has returned.
  ~Acceptor();

 private:
  Acceptor(ListeningSockets sockets, const FleetLimits& limits, Peers peers,
           int wake_fd);

  void Run();
  bool HasRoom();
  // Accepts as many as there is room for; false if the system has no room.
  bool AcceptFrom(int listener);

  const ListeningSockets sockets_;
  const FleetLimits limits_;
  const Peers peers_;
  const int wake_fd_;
  OpenConnections connections_;
  bool told_ = false;  // warned that connections wait
  std::thread thread_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_ACCEPTOR_H_
