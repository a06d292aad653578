// The files of mutual TLS, and what is in them.
#ifndef INVOCATOR_COMMON_TLS_FILES_H_
#define INVOCATOR_COMMON_TLS_FILES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

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

// A path, and the option that gave it.
struct NamedFile {
  absl::string_view option;
  const std::string& path;
};

// Contents; the key is a secret.
struct KeyPair {
  std::string cert;
  std::string key;
};

// Reads a certificate and its key, which may be in one file. INVALID_ARGUMENT,
// naming option and file, for what is not the PEM expected and for a key that
// is not the certificate's; else the system's error.
absl::StatusOr<KeyPair> ReadKeyPair(const NamedFile& cert,
                                    const NamedFile& key);

// Reads and checks them: gRPC would notice only at the first handshake. Errors
// are those of ReadKeyPair.
absl::StatusOr<TlsIdentity> ReadTlsFiles(const TlsFiles& files);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_TLS_FILES_H_
