#include "common/http/proxy.h"

#include <curl/curl.h>

#include <initializer_list>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/environment.h"

namespace invocator {
namespace {

// libcurl's defaults for a proxy without a port.
constexpr uint16_t kDefaultPort = 1080;
constexpr uint16_t kDefaultTlsPort = 443;

std::string FirstSet(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    std::string value = ProcessVariable(name);
    if (!value.empty()) return value;
  }
  return "";
}

curl_socket_t NoSocket(void* asked, curlsocktype, curl_sockaddr*) {
  *static_cast<bool*>(asked) = true;
  return CURL_SOCKET_BAD;
}

// True if libcurl would connect to `target` directly although the environment
// names a proxy. Tries with a proxy of an unknown kind: libcurl fails before it
// opens a socket if it would use the proxy. Otherwise it asks for a socket, and
// NoSocket refuses.
bool IsExempt(const Address& target) {
  const std::unique_ptr<CURL, void (*)(CURL*)> easy(curl_easy_init(),
                                                    &curl_easy_cleanup);
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> known(
      curl_slist_append(nullptr,
                        absl::StrCat(target.ToString(), ":127.0.0.1").c_str()),
      &curl_slist_free_all);
  if (!easy || !known) return false;
  bool asked = false;
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_URL,
                   absl::StrCat("http://", target.ToString()).c_str());
  curl_easy_setopt(easy.get(), CURLOPT_RESOLVE, known.get());
  curl_easy_setopt(easy.get(), CURLOPT_PROXY, "none://none");
  curl_easy_setopt(easy.get(), CURLOPT_OPENSOCKETFUNCTION, &NoSocket);
  curl_easy_setopt(easy.get(), CURLOPT_OPENSOCKETDATA, &asked);
  curl_easy_perform(easy.get());
  return asked;
}

// A proxy's URL, as libcurl reads it.
Proxy ParseProxy(const std::string& text) {
  const std::unique_ptr<CURLU, void (*)(CURLU*)> url(curl_url(),
                                                     &curl_url_cleanup);
  Proxy proxy;
  if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(),
                           CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME) !=
                  CURLUE_OK) {
    return proxy;
  }
  bool decodes = true;
  const auto part = [&url, &decodes](CURLUPart which) {
    char* found = nullptr;
    const CURLUcode code =
        curl_url_get(url.get(), which, &found, CURLU_URLDECODE);
    decodes &= code != CURLUE_URLDECODE;  // a control character
    if (code != CURLUE_OK) return std::string();
    std::string copy = found;
    curl_free(found);
    return copy;
  };
  proxy.tls = part(CURLUPART_SCHEME) == "https";
  std::string& host = proxy.address.host = part(CURLUPART_HOST);
  if (absl::StartsWith(host, "[")) host = host.substr(1, host.size() - 2);
  if (const std::string zone = part(CURLUPART_ZONEID); !zone.empty()) {
    absl::StrAppend(&host, "%", zone);
  }
  uint32_t port = proxy.tls ? kDefaultTlsPort : kDefaultPort;
  if (uint32_t named = 0; absl::SimpleAtoi(part(CURLUPART_PORT), &named)) {
    port = named;
  }
  proxy.address.port = static_cast<uint16_t>(port);
  const std::string user = part(CURLUPART_USER);
  const std::string password = part(CURLUPART_PASSWORD);
  if (!user.empty() || !password.empty()) {
    proxy.authorization = absl::StrCat(
        "Basic ", absl::Base64Escape(absl::StrCat(user, ":", password)));
  }
  return decodes ? proxy : Proxy();
}

}  // namespace

std::string ProxyOfEnvironment(bool tls) {
  return tls ? FirstSet(
                   {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
             : FirstSet({"http_proxy", "all_proxy", "ALL_PROXY"});
}

std::optional<Proxy> ProxyFor(bool tls, const Address& target) {
  const std::string proxy = ProxyOfEnvironment(tls);
  // Proxies of the environment are never used for loopback.
  if (proxy.empty() || IsLoopbackHost(target.host) || IsExempt(target)) {
    return std::nullopt;
  }
  return ParseProxy(proxy);
}

std::string ProxyWords(const Proxy& proxy) {
  return proxy.address.port == 0
             ? "the proxy of the environment"
             : absl::StrCat("the proxy ", proxy.address.ToString());
}

absl::string_view WithoutProxyUrl(absl::string_view words) {
  return absl::StartsWith(words, "Unsupported proxy")
             ? "the proxy's URL cannot be used"
             : words;
}

}  // namespace invocator
