#include "common/channel/tls_files.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/small_file.h"

namespace invocator {
namespace {

constexpr size_t kMaxBytes = size_t{1024} * 1024;

using Bio = std::unique_ptr<BIO, int (*)(BIO*)>;
using Certificate = std::unique_ptr<X509, void (*)(X509*)>;
using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;

Bio Reader(const std::string& pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
             BIO_free);
}

// Prevents a prompt on the terminal.
int NoPassphrase(char*, int, int, void*) { return 0; }

Certificate FirstCertificate(const std::string& pem) {
  return Certificate(
      PEM_read_bio_X509(Reader(pem).get(), nullptr, NoPassphrase, nullptr),
      X509_free);
}

Key PrivateKey(const std::string& pem) {
  return Key(PEM_read_bio_PrivateKey(Reader(pem).get(), nullptr, NoPassphrase,
                                     nullptr),
             EVP_PKEY_free);
}

absl::Status Invalid(absl::string_view option, const std::string& path,
                     absl::string_view problem) {
  ERR_clear_error();
  return absl::InvalidArgumentError(
      absl::StrCat(option, " ", path, ": ", problem));
}

}  // namespace

absl::StatusOr<TlsIdentity> ReadTlsFiles(const TlsFiles& files) {
  TlsIdentity identity;
  struct Part {
    const std::string& path;
    std::string& text;
  };
  for (const Part& part :
       {Part{files.cert, identity.cert}, Part{files.key, identity.key},
        Part{files.ca, identity.ca}}) {
    absl::StatusOr<std::string> text = ReadSmallFile(part.path, kMaxBytes);
    if (!text.ok()) return text.status();
    part.text = *std::move(text);
  }
  const Certificate cert = FirstCertificate(identity.cert);
  if (!cert) {
    return Invalid("--tls-cert", files.cert,
                   "holds no certificate, expected PEM");
  }
  const Key key = PrivateKey(identity.key);
  if (!key) {
    return Invalid("--tls-key", files.key,
                   "holds no private key, expected PEM without a passphrase");
  }
  if (X509_check_private_key(cert.get(), key.get()) != 1) {
    return Invalid("--tls-key", files.key,
                   absl::StrCat("is not the key of ", files.cert));
  }
  if (!FirstCertificate(identity.ca)) {
    return Invalid("--tls-ca", files.ca, "holds no certificate, expected PEM");
  }
  return identity;
}

}  // namespace invocator
