#include "common/tls_files.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/small_file.h"

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

Certificate FirstCertificate(const std::string& pem) {
  return Certificate(
      PEM_read_bio_X509(Reader(pem).get(), nullptr, nullptr, nullptr),
      X509_free);
}

// Instead of a question on the terminal.
int NoPassphrase(char*, int, int, void*) { return 0; }

Key PrivateKey(const std::string& pem) {
  return Key(PEM_read_bio_PrivateKey(Reader(pem).get(), nullptr, NoPassphrase,
                                     nullptr),
             EVP_PKEY_free);
}

absl::Status Invalid(const NamedFile& file, absl::string_view problem) {
  ERR_clear_error();
  return absl::InvalidArgumentError(
      absl::StrCat(file.option, " ", file.path, ": ", problem));
}

absl::StatusOr<std::string> Read(const NamedFile& file) {
  return ReadSmallFile(file.path, kMaxBytes);
}

}  // namespace

absl::StatusOr<KeyPair> ReadKeyPair(const NamedFile& cert,
                                    const NamedFile& key) {
  absl::StatusOr<std::string> cert_text = Read(cert);
  if (!cert_text.ok()) return cert_text.status();
  absl::StatusOr<std::string> key_text = Read(key);
  if (!key_text.ok()) return key_text.status();
  const Certificate certificate = FirstCertificate(*cert_text);
  if (!certificate) return Invalid(cert, "holds no certificate, expected PEM");
  const Key private_key = PrivateKey(*key_text);
  if (!private_key) {
    return Invalid(key,
                   "holds no private key, expected PEM without a passphrase");
  }
  if (X509_check_private_key(certificate.get(), private_key.get()) != 1) {
    return Invalid(key, absl::StrCat("is not the key of ", cert.path));
  }
  return KeyPair{*std::move(cert_text), *std::move(key_text)};
}

absl::StatusOr<TlsIdentity> ReadTlsFiles(const TlsFiles& files) {
  absl::StatusOr<KeyPair> pair =
      ReadKeyPair({"--tls-cert", files.cert}, {"--tls-key", files.key});
  if (!pair.ok()) return pair.status();
  const NamedFile ca = {"--tls-ca", files.ca};
  absl::StatusOr<std::string> ca_text = Read(ca);
  if (!ca_text.ok()) return ca_text.status();
  if (!FirstCertificate(*ca_text)) {
    return Invalid(ca, "holds no certificate, expected PEM");
  }
  return TlsIdentity{std::move(pair->cert), std::move(pair->key),
                     *std::move(ca_text)};
}

}  // namespace invocator
