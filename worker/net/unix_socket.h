// A connection to a unix socket: made at once, or not at all (unix(7)), so that
// there is nothing for libcurl to do.
#ifndef INVOCATOR_WORKER_NET_UNIX_SOCKET_H_
#define INVOCATOR_WORKER_NET_UNIX_SOCKET_H_

#include <string>

namespace invocator {

// A connected socket that does not block, the caller's to close; -1 if there is
// none, and `errno` says why (unix(7)): EAGAIN when the backlog is full.
// REQUIRES: a path that CheckTargetOptions accepts.
int ConnectToUnixSocket(const std::string& path);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_NET_UNIX_SOCKET_H_
