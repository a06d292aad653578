#include "common/http/address.h"

#include <arpa/inet.h>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/http/endpoint.h"
#include "common/http/service_url.h"

namespace invocator {

std::string Address::ToString() const {
  return absl::StrContains(host, ":") ? absl::StrCat("[", host, "]:", port)
                                      : absl::StrCat(host, ":", port);
}

absl::StatusOr<Address> ParseAddress(absl::string_view text,
                                     uint16_t default_port) {
  const absl::Status status = MakeEndpoint(text, "", "").status();
  if (!status.ok()) return status;
  Address address;
  // A colon within brackets is not the port's.
  const size_t colon = text.find(':', text.find(']') + 1);
  uint32_t port = default_port;
  if (colon != absl::string_view::npos) {
    if (!absl::SimpleAtoi(text.substr(colon + 1), &port)) port = 0;
    text = text.substr(0, colon);
  }
  if (port == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" has no port: expected host:port"));
  }
  if (absl::ConsumePrefix(&text, "[")) absl::ConsumeSuffix(&text, "]");
  address.host = absl::AsciiStrToLower(text);
  address.port = static_cast<uint16_t>(port);
  return address;
}

absl::StatusOr<Address> AddressOfUrl(absl::string_view url) {
  const absl::StatusOr<ServiceUrl> service = ParseServiceUrl(url);
  if (!service.ok()) return service.status();
  return ParseAddress(service->host, service->plain_http ? 80 : 443);
}

bool IsIpAddress(absl::string_view host) {
  const std::string text(host);
  in6_addr parsed;
  return inet_pton(AF_INET, text.c_str(), &parsed) == 1 ||
         inet_pton(AF_INET6, text.c_str(), &parsed) == 1;
}

bool IsLoopbackHost(absl::string_view host) {
  if (absl::EqualsIgnoreCase(host, "localhost") || host == "::1") return true;
  in_addr parsed;
  return absl::StartsWith(host, "127.") &&
         inet_pton(AF_INET, std::string(host).c_str(), &parsed) == 1;
}

}  // namespace invocator
