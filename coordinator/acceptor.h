// Accepts the workers' connections on a thread of its own and hands them to
// gRPC, whose own listener stops for ever once descriptors have run out. What
// is too much waits in the kernel's queue until there is room.
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
    // Takes over a connection: its listener's descriptor and its own.
    std::function<void(int listener, int fd)> take;
    // How many of the open connections are workers that have said Hello.
    std::function<size_t()> greeted;
  };

  // Accepts until it is destroyed. RESOURCE_EXHAUSTED and the like without a
  // descriptor for its wake-up.
  static absl::StatusOr<std::unique_ptr<Acceptor>> Start(
      ListeningSockets sockets, const FleetLimits& limits, Peers peers);
  // Takes nothing more when it returns.
  ~Acceptor();

 private:
  Acceptor(ListeningSockets sockets, const FleetLimits& limits, Peers peers,
           int wake_fd);

  void Run();
  bool HasRoom();
  // Accepts all there is room for; false if the system has no room itself.
  bool AcceptFrom(int listener);

  const ListeningSockets sockets_;
  const FleetLimits limits_;
  const Peers peers_;
  const int wake_fd_;
  OpenConnections connections_;
  bool told_ = false;  // that connections wait
  std::thread thread_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_ACCEPTOR_H_
