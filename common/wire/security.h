// Protection of the traffic between coordinator and workers: mutual TLS and a
// join token. Both sides have the same options.
#ifndef INVOCATOR_COMMON_WIRE_SECURITY_H_
#define INVOCATOR_COMMON_WIRE_SECURITY_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/wire/tls_files.h"

namespace CLI {
class App;
}

namespace invocator {

struct SecurityOptions {
  TlsFiles tls;
  std::string token_file;
  bool insecure = false;  // the user does without, knowingly
};

// Adds --tls-cert, --tls-key and --tls-ca (all or none), --token-file and
// --insecure. `insecure_about` says what the last one allows.
void AddSecurityOptions(CLI::App& app, SecurityOptions& options,
                        const std::string& insecure_about);

// What the options name. Holds secrets: key and token.
struct Security {
  std::optional<TlsIdentity> tls;          // absent: in the clear
  std::string token;                       // empty: none
  std::vector<std::string> warnings = {};  // of files that others may read
};

// Errors name file or variable and say what was expected.
absl::StatusOr<Security> LoadSecurity(const SecurityOptions& options);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WIRE_SECURITY_H_
