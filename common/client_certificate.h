// The certificate that we show as a TLS client.
#ifndef INVOCATOR_COMMON_CLIENT_CERTIFICATE_H_
#define INVOCATOR_COMMON_CLIENT_CERTIFICATE_H_

#include <openssl/ssl.h>

#include "absl/status/status.h"
#include "common/target_options.h"

namespace invocator {

// Has connections of that context show target.client_cert, if there is one, and
// what stands behind it in its file. INVALID_ARGUMENT, naming option, file and
// OpenSSL's reason, if it or its key cannot be used. Never asks for a
// passphrase.
absl::Status UseClientCertificate(SSL_CTX* context,
                                  const TargetOptions& target);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_CLIENT_CERTIFICATE_H_
