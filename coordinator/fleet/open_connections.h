// Tracks accepted connections that are still open, and strangers among them:
// connections that have not proved to be a worker's. gRPC owns the descriptors
// and closes them without notice. The number of a closed one may be reused, but
// never for the same socket.
//
// Instants are by one steady clock. Thread-compatible.
#ifndef INVOCATOR_COORDINATOR_FLEET_OPEN_CONNECTIONS_H_
#define INVOCATOR_COORDINATOR_FLEET_OPEN_CONNECTIONS_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"

namespace invocator {

class OpenConnections {
 public:
  // Addresses in the form of PeerOf.
  using Peers = absl::flat_hash_set<std::string>;

  // Adds a stranger. `fd`: a socket just accepted.
  void Add(int fd, int64_t now_ns);

  // Drops closed connections; all but those of `workers` are strangers. At most
  // two system calls per connection.
  void Update(const Peers& workers, int64_t now_ns);

  // As of the last Update, plus connections added since.
  size_t size() const { return connections_.size(); }
  size_t strangers() const { return strangers_; }

  // Shuts down at most `count` connections that have been strangers since
  // `since_ns` or longer, oldest first; gRPC then closes them.
  void ShutStrangers(int64_t since_ns, size_t count);
  // Shuts down all connections, which ends every write that waits for its peer.
  void ShutAll();

 private:
  struct Connection {
    ino_t inode = 0;
    std::string peer;
    int64_t stranger_since_ns = 0;  // a worker's: last Update
    bool is_worker = false;
    bool is_shut = false;
  };

  absl::flat_hash_map<int, Connection> connections_;  // by descriptor
  size_t strangers_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FLEET_OPEN_CONNECTIONS_H_
