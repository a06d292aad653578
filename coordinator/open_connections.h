// The accepted connections that are still open, and how long each has been a
// stranger's: one on which nobody has shown to be a worker. gRPC owns the
// descriptors and closes them without notice: the number of a closed one may be
// used again, but never for the same socket.
//
// Instants are by one steady clock. Thread-compatible.
#ifndef INVOCATOR_COORDINATOR_OPEN_CONNECTIONS_H_
#define INVOCATOR_COORDINATOR_OPEN_CONNECTIONS_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"

namespace invocator {

class OpenConnections {
 public:
  // Spelled as PeerOf does.
  using Peers = absl::flat_hash_set<std::string>;

  // `fd`: a socket that was just accepted, by a stranger.
  void Add(int fd, int64_t now_ns);

  // Forgets those that are closed; all but those of `workers` are strangers'.
  // Two system calls per connection at most.
  void Update(const Peers& workers, int64_t now_ns);

  // As of the last Update, plus what was added since.
  size_t size() const { return connections_.size(); }
  size_t strangers() const { return strangers_; }

  // Ends the connections of at most `count` strangers that have been so since
  // `since_ns` or longer, oldest first: gRPC finds them broken and closes them.
  void ShutStrangers(int64_t since_ns, size_t count);
  // Ends all connections, and with them every write that waits for its peer.
  void ShutAll();

 private:
  struct Connection {
    ino_t inode = 0;
    std::string peer;
    int64_t stranger_since_ns = 0;  // a worker's: when that was seen last
    bool is_worker = false;
    bool is_shut = false;
  };

  absl::flat_hash_map<int, Connection> connections_;  // by descriptor
  size_t strangers_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_OPEN_CONNECTIONS_H_
