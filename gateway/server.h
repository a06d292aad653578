// The gateway's HTTP/1.1 server: accepts connections and limits their number
// and their idle time. One thread runs it; only Stop may be called from others,
// and from signal handlers.
#ifndef INVOCATOR_GATEWAY_SERVER_H_
#define INVOCATOR_GATEWAY_SERVER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "gateway/options.h"

namespace invocator {

class GatewayServer {
 public:
  // Listens when it returns. `file_limit`: descriptors this process may have
  // open. The error names the part that failed: the address, the certificate
  // or the key.
  static absl::StatusOr<std::unique_ptr<GatewayServer>> Create(
      const GatewayOptions& options, uint64_t file_limit = 1024);
  ~GatewayServer();

  uint16_t port() const;
  std::string url() const;  // with the real port

  // Serves until Stop.
  void Run();
  // Closes every connection, calls in flight too. Safe from any thread and in
  // signal handlers.
  void Stop();

 private:
  struct State;  // keeps Asio out of this header
  explicit GatewayServer(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_SERVER_H_
