#include "common/channel/grpc_lifetime.h"

#include <grpc/grpc.h>

namespace invocator {

void KeepGrpc() {
  [[maybe_unused]] static const bool kept = [] {
    grpc_init();
    return true;
  }();
}

}  // namespace invocator
