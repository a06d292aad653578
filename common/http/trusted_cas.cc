#include "common/http/trusted_cas.h"

#include <curl/curl.h>
#include <unistd.h>

#include "common/base/environment.h"

namespace invocator {
namespace {

constexpr const char* kFiles[] = {
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Arch
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // Fedora, RHEL
    "/etc/pki/tls/certs/ca-bundle.crt",                   // older RHEL
    "/etc/ssl/ca-bundle.pem",                             // SUSE
    "/etc/ssl/cert.pem",                                  // Alpine
};

std::string DefaultOfCurl() {
  const curl_version_info_data* curl = curl_version_info(CURLVERSION_NOW);
  const bool tells = curl->age >= CURLVERSION_SEVENTH;
  return tells && curl->cainfo != nullptr ? curl->cainfo : "";
}

}  // namespace

std::string TrustedCaFile(const std::string& variable,
                          const std::string& curl_default,
                          absl::FunctionRef<bool(const std::string&)> exists) {
  if (!variable.empty()) return variable;
  if (!curl_default.empty() && exists(curl_default)) return "";
  for (const char* file : kFiles) {
    if (exists(file)) return file;
  }
  return "";
}

std::string TrustedCaFile() {
  return TrustedCaFile(
      ProcessVariable("SSL_CERT_FILE"), DefaultOfCurl(),
      [](const std::string& path) { return access(path.c_str(), R_OK) == 0; });
}

}  // namespace invocator
