// Client certificate for TLS connections.
#ifndef INVOCATOR_COMMON_HTTP_CLIENT_CERTIFICATE_H_
#define INVOCATOR_COMMON_HTTP_CLIENT_CERTIFICATE_H_

#include <openssl/ssl.h>

#include <string>

#include "absl/status/status.h"

namespace invocator {

// Makes connections of `context` present the certificate in `cert_file` and the
// chain behind it; the key may be in the same file. INVALID_ARGUMENT, naming
// option, file and OpenSSL's reason, if one of them cannot be used. Never asks
// for a passphrase.
absl::Status UseClientCertificate(SSL_CTX* context,
                                  const std::string& cert_file,
                                  const std::string& key_file);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_HTTP_CLIENT_CERTIFICATE_H_
