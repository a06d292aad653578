// Address of a connection's other end as text: the same for the descriptor and
// for gRPC's peer string, so that a stream can be matched to its connection.
// Scopes of link-local addresses are left out. Pure but for the system call.
#ifndef INVOCATOR_COORDINATOR_PEER_ADDRESS_H_
#define INVOCATOR_COORDINATOR_PEER_ADDRESS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

// Of a TCP socket; empty if it is not connected.
std::string PeerOf(int fd);

// Of ServerContext::peer(), as "ipv4:10.0.0.1:5000" or
// "ipv6:%5Bfe80::1%252%5D:5000"; empty for any other kind.
std::string PeerOf(absl::string_view grpc_peer);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_PEER_ADDRESS_H_
