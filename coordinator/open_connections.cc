#include "coordinator/open_connections.h"

#include <sys/stat.h>

namespace invocator {
namespace {

// 0 if it is not open.
ino_t InodeOf(int fd) {
  struct stat status = {};
  return fstat(fd, &status) == 0 ? status.st_ino : 0;
}

}  // namespace

void OpenConnections::Add(int fd) { inodes_[fd] = InodeOf(fd); }

size_t OpenConnections::Count() {
  absl::erase_if(inodes_, [](const auto& connection) {
    return InodeOf(connection.first) != connection.second;
  });
  return inodes_.size();
}

}  // namespace invocator
