// The command line of invocator-gateway, parsed once into valid values.
#ifndef INVOCATOR_GATEWAY_OPTIONS_H_
#define INVOCATOR_GATEWAY_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/aws/credentials.h"
#include "gateway/router.h"

namespace invocator {

// Accepted when the environment names no key: the pair AWS's documentation uses
// in its examples.
Credentials DemoCredentials();

struct ServerOptions {
  std::string address = "127.0.0.1";  // numeric
  uint16_t port = 9000;               // 0: any free one
  std::string tls_cert_file;          // PEM; both or none
  std::string tls_key_file;
  size_t max_connections = 10'000;  // further ones are closed at once
  absl::Duration idle_timeout = absl::Seconds(60);
  int64_t clock_offset_s = 0;  // of the gateway's wall clock
};

struct GatewayOptions {
  bool stop_at_eof = false;  // on standard input
  ServerOptions server;
  RouterOptions router;
};

// "127.0.0.1:9000", "localhost:9000" or "[::1]:9000" into the server's address
// and port. INVALID_ARGUMENT, naming the text, for anything else.
absl::Status ParseListen(absl::string_view text, ServerOptions& options);

// Absent options: --help, --version or an error has been printed, and the
// program ends with that exit code (0 or 2).
struct ParsedGatewayOptions {
  std::optional<GatewayOptions> options;
  int exit_code = 0;
};

// Reads the accepted credentials from the environment, too.
ParsedGatewayOptions ParseGatewayOptions(int argc, const char* const* argv);

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_OPTIONS_H_
