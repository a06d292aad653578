#include "coordinator/fleet/open_connections.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <tuple>
#include <vector>

#include "coordinator/fleet/peer_address.h"

namespace invocator {
namespace {

// 0 if it is not open.
ino_t InodeOf(int fd) {
  struct stat status = {};
  return fstat(fd, &status) == 0 ? status.st_ino : 0;
}

// Shuts down the socket with that inode; does nothing if `fd` is another file
// by now.
bool Shut(int fd, ino_t inode) {
  // gRPC may close `fd` between check and shutdown, but not a duplicate.
  const int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (own < 0) return errno != EMFILE;
  if (InodeOf(own) == inode) shutdown(own, SHUT_RDWR);
  close(own);
  return true;
}

}  // namespace

void OpenConnections::Add(int fd, int64_t now_ns) {
  connections_[fd] = {InodeOf(fd), PeerOf(fd), now_ns};
  ++strangers_;
}

void OpenConnections::Update(const Peers& workers, int64_t now_ns) {
  absl::erase_if(connections_, [](const auto& entry) {
    return InodeOf(entry.first) != entry.second.inode;
  });
  strangers_ = 0;
  for (auto& [fd, connection] : connections_) {
    connection.is_worker = workers.contains(connection.peer);
    if (connection.is_worker) connection.stranger_since_ns = now_ns;
    if (!connection.is_worker) ++strangers_;
  }
}

void OpenConnections::ShutStrangers(int64_t since_ns, size_t count) {
  std::vector<std::tuple<int64_t, int, Connection*>> late;
  for (auto& [fd, connection] : connections_) {
    if (connection.is_worker || connection.is_shut ||
        connection.stranger_since_ns > since_ns) {
      continue;
    }
    late.emplace_back(connection.stranger_since_ns, fd, &connection);
  }
  std::sort(late.begin(), late.end());
  if (late.size() > count) late.resize(count);
  for (const auto& [since, fd, connection] : late) {
    connection->is_shut = Shut(fd, connection->inode);
  }
}

void OpenConnections::ShutAll() {
  for (const auto& [fd, connection] : connections_) Shut(fd, connection.inode);
}

}  // namespace invocator
