// Knows which accepted connections are still open, though gRPC owns and closes
// them without a word: a descriptor's number is used again, but never with the
// same socket behind it.
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
  // A socket that was just accepted.
  void Add(int fd);

  // No fewer than are open; takes no time.
  size_t AtMost() const { return inodes_.size(); }
  // Exactly; one system call for each.
  size_t Count();

 private:
  absl::flat_hash_map<int, ino_t> inodes_;  // by descriptor
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_OPEN_CONNECTIONS_H_
