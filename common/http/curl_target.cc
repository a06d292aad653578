#include "common/http/curl_target.h"

#include <string>

#include "common/http/trusted_cas.h"

namespace invocator {

void SetTarget(CURL* easy, const TargetOptions& target) {
  const std::string ca_file =
      target.ca_file.empty() ? TrustedCaFile() : target.ca_file;
  if (!ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file.c_str());
  }
  // Options of the target do not apply to proxies.
  if (const std::string trusted = TrustedCaFile(); !trusted.empty()) {
    curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, trusted.c_str());
  }
  if (!target.client_cert.empty()) {
    curl_easy_setopt(easy, CURLOPT_SSLCERT, target.client_cert.c_str());
    curl_easy_setopt(easy, CURLOPT_SSLKEY, target.key_file().c_str());
    // Prevents a prompt on the terminal.
    curl_easy_setopt(easy, CURLOPT_KEYPASSWD, "");
  }
  if (!target.unix_socket.empty()) {
    curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH,
                     target.unix_socket.c_str());
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
  }
}

}  // namespace invocator
