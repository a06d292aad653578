#include "worker/origin.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "common/address.h"
#include "common/environment.h"

namespace invocator {
namespace {

std::string FirstSet(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const std::string value = ProcessVariable(name);
    if (!value.empty()) return value;
  }
  return "";
}

}  // namespace

Origin OriginOf(absl::string_view url) {
  Origin origin;
  origin.tls = absl::StartsWith(url, "https:");
  const size_t authority_at = url.find("://") + 3;
  url = url.substr(0, url.find_first_of("/?", authority_at));
  origin.url = std::string(url);

  const absl::string_view authority = url.substr(authority_at);
  // A colon within brackets is not the port's.
  const size_t bracket = authority.find(']');
  const size_t colon =
      authority.find(':', bracket == absl::string_view::npos ? 0 : bracket + 1);
  uint32_t port = origin.tls ? 443 : 80;
  if (colon != absl::string_view::npos) {
    uint32_t named = 0;
    if (absl::SimpleAtoi(authority.substr(colon + 1), &named)) port = named;
  }
  origin.port = static_cast<uint16_t>(port);
  origin.host = bracket == absl::string_view::npos
                    ? std::string(authority.substr(0, colon))
                    : std::string(authority.substr(1, bracket - 1));
  return origin;
}

std::string ProxyOfEnvironment(bool tls) {
  return tls ? FirstSet(
                   {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
             : FirstSet({"http_proxy", "all_proxy", "ALL_PROXY"});
}

bool IsOursToLookUp(const Origin& origin) {
  return ProxyOfEnvironment(origin.tls).empty() && !IsIpAddress(origin.host) &&
         !IsLoopbackHost(origin.host) &&
         !absl::EndsWithIgnoreCase(origin.host, ".localhost");
}

}  // namespace invocator
