// Accepts the workers' connections on its own thread and hands them to gRPC,
// whose listener stops for ever once descriptors have run out. Ends those on
// which no worker has said Hello in time. Connections beyond the limits wait in
// the kernel's queue, and the oldest strangers make way for them.
//
// Used by one thread.
#ifndef INVOCATOR_COORDINATOR_ACCEPTOR_H_
#define INVOCATOR_COORDINATOR_ACCEPTOR_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <thread>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "coordinator/fleet_limits.h"
#include "coordinator/listening_sockets.h"
#include "coordinator/open_connections.h"

namespace invocator {

class Acceptor {
 public:
  // Both are called on the acceptor's thread. The connections stay gRPC's.
  struct Peers {
    // Takes over the connection `fd` that `listener` accepted.
    std::function<void(int listener, int fd)> take;
    // Addresses of those whose connections are workers'.
    std::function<OpenConnections::Peers()> workers;
  };

  // Accepts until it is destroyed. An error, such as RESOURCE_EXHAUSTED, if
  // there is no descriptor for its wake-up.
  static absl::StatusOr<std::unique_ptr<Acceptor>> Start(
      ListeningSockets sockets, const FleetLimits& limits, Peers peers);
  ~Acceptor();

  // Accepts nothing more, and hands nothing over, once it has returned.
  void Stop();
  // Ends all connections that are still open. REQUIRES: stopped.
  void ShutAll() { connections_.ShutAll(); }

 private:
  Acceptor(ListeningSockets sockets, const FleetLimits& limits, Peers peers,
           int wake_fd);

  void Run();
  // Ends the connections of those who are strangers for too long.
  void ShutLateStrangers();
  bool HasRoom();
  // Lets the oldest strangers go, unless they are about to say Hello.
  void MakeRoom();
  // Accepts as many as there is room for. REQUIRES: one waits. False if it has
  // to wait longer.
  bool AcceptFrom(int listener);

  const ListeningSockets sockets_;
  const FleetLimits limits_;
  const Peers peers_;
  const int wake_fd_;
  const SystemSteadyClock clock_;
  OpenConnections connections_;  // the thread's until Stop
  int64_t next_look_ns_ = 0;
  bool told_ = false;  // warned that connections wait
  std::thread thread_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_ACCEPTOR_H_
