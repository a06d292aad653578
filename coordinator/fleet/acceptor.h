// Accepts the workers' connections on its own thread and hands them to gRPC,
// whose own listener stops for good once descriptors have run out. Closes
// connections on which no worker says Hello in time. Connections beyond the
// limits wait in the kernel's queue, and the oldest strangers make way for
// them.
//
// Used by one thread.
#ifndef INVOCATOR_COORDINATOR_FLEET_ACCEPTOR_H_
#define INVOCATOR_COORDINATOR_FLEET_ACCEPTOR_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <thread>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "coordinator/fleet/fleet_limits.h"
#include "coordinator/fleet/listening_sockets.h"
#include "coordinator/fleet/open_connections.h"

namespace invocator {

class Acceptor {
 public:
  // Both are called on the acceptor's thread. The connections stay gRPC's.
  struct Peers {
    // Takes over the connection `fd` that `listener` accepted.
    std::function<void(int listener, int fd)> take;
    // Peer addresses of the workers' connections.
    std::function<OpenConnections::Peers()> workers;
  };

  // Accepts until it is destroyed. An error, such as RESOURCE_EXHAUSTED, if no
  // descriptor is left for its wake-up.
  static absl::StatusOr<std::unique_ptr<Acceptor>> Start(
      ListeningSockets sockets, const FleetLimits& limits, Peers peers);
  ~Acceptor();

  // After it returns, accepts and hands over nothing more.
  void Stop();
  // Ends all connections that are still open. REQUIRES: stopped.
  void ShutAll() { connections_.ShutAll(); }

 private:
  Acceptor(ListeningSockets sockets, const FleetLimits& limits, Peers peers,
           int wake_fd);

  void Run();
  // Closes connections that have been strangers for too long.
  void ShutLateStrangers();
  bool HasRoom();
  // Closes some of the oldest strangers, if they had the minimum time for a
  // Hello.
  void MakeRoom();
  // Accepts as many connections as there is room for. False if some must keep
  // waiting. REQUIRES: one waits
  bool AcceptFrom(int listener);

  const ListeningSockets sockets_;
  const FleetLimits limits_;
  const Peers peers_;
  const int wake_fd_;
  const SystemSteadyClock clock_;
  OpenConnections connections_;  // only the thread uses it until Stop
  int64_t next_look_ns_ = 0;
  bool told_ = false;  // warned that connections wait
  std::thread thread_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FLEET_ACCEPTOR_H_
