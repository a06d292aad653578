// The files of mutual TLS, and what is in them.
#ifndef INVOCATOR_COMMON_WIRE_TLS_FILES_H_
#define INVOCATOR_COMMON_WIRE_TLS_FILES_H_

#include <string>

#include "absl/status/statusor.h"

namespace invocator {

// Paths of PEM files; all three, or none.
struct TlsFiles {
  std::string cert;  // our certificate, then those between it and its CA
  std::string key;   // its private key, not encrypted
  std::string ca;    // who may have signed the other side's certificate
};

// Their contents. The key is a secret.
struct TlsIdentity {
  std::string cert;
  std::string key;
  std::string ca;
};

// Reads and checks them: gRPC would notice only at the first handshake.
// INVALID_ARGUMENT, naming option and file, for what is not the PEM expected
// and for a key that is not the certificate's; else the system's error.
absl::StatusOr<TlsIdentity> ReadTlsFiles(const TlsFiles& files);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WIRE_TLS_FILES_H_
