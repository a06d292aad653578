// Connects to a unix socket, at once or not at all (unix(7)), hence without
// libcurl.
#ifndef INVOCATOR_WORKER_NET_UNIX_SOCKET_H_
#define INVOCATOR_WORKER_NET_UNIX_SOCKET_H_

#include <string>

namespace invocator {

// Returns a connected, non-blocking socket, which the caller owns. On failure
// returns -1 with `errno` as in unix(7): EAGAIN when the backlog is full.
// REQUIRES: a path that CheckTargetOptions accepts.
int ConnectToUnixSocket(const std::string& path);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_NET_UNIX_SOCKET_H_
