#include "tests/support/self_signed.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>

namespace invocator {
namespace {

void Require(bool done) {
  if (!done) throw std::runtime_error("cannot make a certificate");
}

using File = std::unique_ptr<FILE, int (*)(FILE*)>;

File OpenToWrite(const std::string& path) {
  File file(std::fopen(path.c_str(), "w"), &std::fclose);
  Require(file != nullptr);
  return file;
}

}  // namespace

SelfSigned::SelfSigned() {
  std::string name =
      (std::filesystem::temp_directory_path() / "invocator-XXXXXX").string();
  Require(mkdtemp(name.data()) != nullptr);
  folder_ = name;

  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"),
                                                     &EVP_PKEY_free);
  std::unique_ptr<X509, void (*)(X509*)> cert(X509_new(), &X509_free);
  Require(key != nullptr && cert != nullptr);
  X509_set_version(cert.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(cert.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(cert.get()), 24 * 3600);
  X509_set_pubkey(cert.get(), key.get());
  X509_NAME* subject = X509_get_subject_name(cert.get());
  X509_NAME_add_entry_by_txt(
      subject, "CN", MBSTRING_ASC,
      reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(cert.get(), subject);
  for (auto [nid, value] :
       {std::pair(NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1"),
        std::pair(NID_basic_constraints, "critical,CA:TRUE")}) {
    X509_EXTENSION* extension =
        X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    Require(extension != nullptr);
    X509_add_ext(cert.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }
  Require(X509_sign(cert.get(), key.get(), EVP_sha256()) != 0);
  Require(PEM_write_X509(OpenToWrite(cert_file()).get(), cert.get()) == 1);
  Require(PEM_write_PrivateKey(OpenToWrite(key_file()).get(), key.get(),
                               nullptr, nullptr, 0, nullptr, nullptr) == 1);
}

SelfSigned::~SelfSigned() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace invocator
