#include "common/http/client_certificate.h"

#include <openssl/err.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

// Prevents a prompt on the terminal.
int NoPassphrase(char*, int, int, void*) { return 0; }

absl::Status Unusable(absl::string_view option, const std::string& path,
                      absl::string_view what) {
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return absl::InvalidArgumentError(
      absl::StrCat(option, " ", path, ": ", what,
                   reason != nullptr ? absl::StrCat(" (", reason, ")") : ""));
}

}  // namespace

absl::Status UseClientCertificate(SSL_CTX* context,
                                  const std::string& cert_file,
                                  const std::string& key_file) {
  ERR_clear_error();
  SSL_CTX_set_default_passwd_cb(context, NoPassphrase);
  if (SSL_CTX_use_certificate_chain_file(context, cert_file.c_str()) != 1) {
    return Unusable("--client-cert", cert_file,
                    "holds no certificate that can be used, expected PEM");
  }
  if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(),
                                  SSL_FILETYPE_PEM) != 1) {
    return Unusable(key_file == cert_file ? "--client-cert" : "--client-key",
                    key_file,
                    "holds no private key of that certificate, expected PEM "
                    "without a passphrase");
  }
  return absl::OkStatus();
}

}  // namespace invocator
