// Counts the accepted connections that are still open, although gRPC closes
// them without notice: the number of a closed descriptor may be used again, but
// never for the same socket.
//
// Thread-compatible.
#ifndef INVOCATOR_COORDINATOR_OPEN_CONNECTIONS_H_
#define INVOCATOR_COORDINATOR_OPEN_CONNECTIONS_H_

#include <sys/types.h>

#include <cstddef>

#include "absl/container/flat_hash_map.h"

namespace invocator {

class OpenConnections {
 public:
  // `fd`: a socket that was just accepted.
  void Add(int fd);

  // Upper bound of the number of open connections; cheap.
  size_t AtMost() const { return inodes_.size(); }
  // Exact number; one system call per connection.
  size_t Count();

 private:
  absl::flat_hash_map<int, ino_t> inodes_;  // by descriptor
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_OPEN_CONNECTIONS_H_
