// Files of mutual TLS, and their contents.
#ifndef INVOCATOR_COMMON_CHANNEL_TLS_FILES_H_
#define INVOCATOR_COMMON_CHANNEL_TLS_FILES_H_

#include <string>

#include "absl/status/statusor.h"

namespace invocator {

// Paths of PEM files; all three, or none.
struct TlsFiles {
  std::string cert;  // our certificate, then its intermediate CAs
  std::string key;   // its private key, not encrypted
  std::string ca;    // CAs that may sign the peer's certificate
};

// Their contents. The key is a secret.
struct TlsIdentity {
  std::string cert;
  std::string key;
  std::string ca;
};

// Reads and checks the files: gRPC would report errors only at the first
// handshake. INVALID_ARGUMENT, naming option and file, for anything but the
// expected PEM and for a key that does not match the certificate; else the
// system's error.
absl::StatusOr<TlsIdentity> ReadTlsFiles(const TlsFiles& files);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_CHANNEL_TLS_FILES_H_
