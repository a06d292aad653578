// Protection of the traffic between coordinator and workers: mutual TLS and a
// join token. Both sides have the same options.
#ifndef INVOCATOR_COMMON_CHANNEL_SECURITY_H_
#define INVOCATOR_COMMON_CHANNEL_SECURITY_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/channel/tls_files.h"

namespace CLI {
class App;
}

namespace invocator {

struct SecurityOptions {
  TlsFiles tls;
  std::string token_file;
  bool insecure = false;  // the user waives protection
};

// Adds --tls-cert, --tls-key and --tls-ca (all or none), --token-file and
// --insecure. `insecure_about`: help text of the last.
void AddSecurityOptions(CLI::App& app, SecurityOptions& options,
                        const std::string& insecure_about);

// Loaded certificates and token. Key and token are secrets.
struct Security {
  std::optional<TlsIdentity> tls;          // absent: plain text
  std::string token;                       // empty: none
  std::vector<std::string> warnings = {};  // about files that others may read
};

// Errors name the file or variable and the expected form.
absl::StatusOr<Security> LoadSecurity(const SecurityOptions& options);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_CHANNEL_SECURITY_H_
