#include "coordinator/fleet/listen_security.h"

#include "absl/strings/str_cat.h"

namespace invocator {

std::string MissingProtection(const Address& listen, const Security& security) {
  if (IsLoopbackHost(listen.host)) return "";
  std::string missing;
  if (!security.tls) missing = "TLS (--tls-cert, --tls-key, --tls-ca)";
  if (security.token.empty()) {
    absl::StrAppend(&missing, missing.empty() ? "" : " and ",
                    "a join token (--token-file or INVOCATOR_TOKEN)");
  }
  return missing;
}

}  // namespace invocator
