// Finds the file with the certificate authorities (CAs) that a system trusts.
//
// libcurl and OpenSSL look where the system that they were built on keeps it.
// Programs that ship their own copies also run on other systems.
#ifndef INVOCATOR_COMMON_HTTP_TRUSTED_CAS_H_
#define INVOCATOR_COMMON_HTTP_TRUSTED_CAS_H_

#include <string>

#include "absl/functional/function_ref.h"

namespace invocator {

// Path of a PEM file: the environment variable SSL_CERT_FILE, as for OpenSSL's
// programs; else empty if libcurl's default file exists; else the first
// existing file of those that common distributions use; else empty. Empty:
// leave libcurl's default.
std::string TrustedCaFile();

// The same for a given system: the variable's value, libcurl's default (empty:
// none), and whether a file exists.
std::string TrustedCaFile(const std::string& variable,
                          const std::string& curl_default,
                          absl::FunctionRef<bool(const std::string&)> exists);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_HTTP_TRUSTED_CAS_H_
