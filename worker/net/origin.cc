#include "worker/net/origin.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "common/http/address.h"

namespace invocator {
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

Origin ProxiedOriginOf(absl::string_view url) {
  Origin origin = OriginOf(url);
  origin.proxy = ProxyFor(origin.tls, {origin.host, origin.port});
  return origin;
}

std::string NameToLookUp(const Origin& origin) {
  if (origin.proxy && origin.proxy->address.port == 0)
    return "";  // cannot be parsed
  const std::string& name =
      origin.proxy ? origin.proxy->address.host : origin.host;
  const bool is_known = IsIpAddress(name) || IsLoopbackHost(name) ||
                        absl::EndsWithIgnoreCase(name, ".localhost");
  return is_known ? "" : name;
}

}  // namespace invocator
