// gRPC's own life in this process.
#ifndef INVOCATOR_COMMON_CHANNEL_GRPC_LIFETIME_H_
#define INVOCATOR_COMMON_CHANNEL_GRPC_LIFETIME_H_

namespace invocator {

// Keeps gRPC initialized until the process ends. Otherwise it is shut down with
// the last server or channel, and that waits for a poll of up to ten seconds
// when a write was blocked (gRPC 1.51: run_poller in tcp_posix.cc).
// Thread-safe; called before the first server or channel is made.
void KeepGrpc();

}  // namespace invocator

#endif  // INVOCATOR_COMMON_CHANNEL_GRPC_LIFETIME_H_
