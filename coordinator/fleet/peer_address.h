// Formats a connection's peer address, the same for a descriptor and for gRPC's
// peer string, so that a stream can be matched to its connection. Omits the
// scopes of link-local addresses. Pure but for the system call.
#ifndef INVOCATOR_COORDINATOR_FLEET_PEER_ADDRESS_H_
#define INVOCATOR_COORDINATOR_FLEET_PEER_ADDRESS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

// Peer of a TCP socket; empty if it is not connected.
std::string PeerOf(int fd);

// `grpc_peer`: from ServerContext::peer(), "ipv4:10.0.0.1:5000" or
// "ipv6:%5Bfe80::1%252%5D:5000". Empty for any other kind.
std::string PeerOf(absl::string_view grpc_peer);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FLEET_PEER_ADDRESS_H_
