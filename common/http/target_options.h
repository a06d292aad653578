// Options for reaching targets: trusted CAs, client certificate, network path.
// Each worker has its own; they are never sent.
#ifndef INVOCATOR_COMMON_HTTP_TARGET_OPTIONS_H_
#define INVOCATOR_COMMON_HTTP_TARGET_OPTIONS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace CLI {
class App;
}

namespace invocator {

// Paths; empty: not given.
struct TargetOptions {
  std::string ca_file;      // PEM: CAs to trust instead of the system's
  std::string client_cert;  // PEM: for targets that ask for one
  std::string client_key;   // PEM, not encrypted; if not given: in client_cert
  // Every connection goes to this socket, whatever the target's host and port.
  // Host header, TLS and signatures still name the target.
  std::string unix_socket;

  const std::string& key_file() const {
    return client_key.empty() ? client_cert : client_key;
  }
};

// Adds --ca-file, --client-cert, --client-key and --unix-socket.
void AddTargetOptions(CLI::App& app, TargetOptions& options);

// Warnings about a client key file that others may read.
std::vector<std::string> ExposedKeyWarnings(const TargetOptions& options);

// INVALID_ARGUMENT, naming option and file, for an unusable file. Unchecked, it
// would show only at the first connection, and then in every call.
absl::Status CheckTargetOptions(const TargetOptions& options);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_HTTP_TARGET_OPTIONS_H_
