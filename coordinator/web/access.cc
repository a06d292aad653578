#include "coordinator/web/access.h"

#include <openssl/rand.h>

#include <array>
#include <cstdlib>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/constant_time.h"
#include "common/http/address.h"

namespace invocator {
namespace {

constexpr char kOpenTheUrl[] =
    "Open the URL that invocator printed: copy it into the address bar.\n";

std::vector<absl::string_view> ValuesOf(const WebRequest& request,
                                        absl::string_view name) {
  std::vector<absl::string_view> values;
  for (const auto& [key, value] : request.headers) {
    if (absl::EqualsIgnoreCase(key, name)) values.push_back(value);
  }
  return values;
}

WebAnswer Refusal(int status, absl::string_view text,
                  std::vector<Header> headers = {}) {
  return {status, WebContent::kNone, std::string(text), std::move(headers)};
}

// The name of a Host header without its port and brackets; empty if
// it has no proper form.
std::string HostName(absl::string_view field) {
  const std::string host = absl::AsciiStrToLower(field);
  if (!IsHttpHost(host)) return "";
  const absl::StatusOr<Address> address = ParseAddress(host, 80);
  return address.ok() ? address->host : "";
}

bool IsOurHost(const std::string& name, const AccessRules& rules) {
  return IsLoopbackHost(name) || rules.host.empty() || name == rules.host;
}

// Whether the request comes from another origin, by the browser's headers.
bool IsCrossSite(const WebRequest& request, const AccessRules& rules,
                 absl::string_view host) {
  for (const absl::string_view site : ValuesOf(request, "Sec-Fetch-Site")) {
    if (site != "none" && site != "same-origin") return true;
  }
  const std::string own =
      absl::StrCat(rules.tls ? "https://" : "http://", host);
  for (const absl::string_view origin : ValuesOf(request, "Origin")) {
    if (!absl::EqualsIgnoreCase(origin, own)) return true;
  }
  return false;
}

bool HasBody(const WebRequest& request) {
  if (!ValuesOf(request, "Transfer-Encoding").empty()) return true;
  for (const absl::string_view length : ValuesOf(request, "Content-Length")) {
    if (length != "0") return true;
  }
  return false;
}

bool HasCookie(const WebRequest& request, const AccessRules& rules) {
  const std::string prefix = absl::StrCat(CookieName(rules.port), "=");
  for (const absl::string_view field : ValuesOf(request, "Cookie")) {
    for (const absl::string_view pair : absl::StrSplit(field, ';')) {
      const absl::string_view cookie = absl::StripAsciiWhitespace(pair);
      if (absl::StartsWith(cookie, prefix) &&
          EqualInConstantTime(cookie.substr(prefix.size()), rules.token)) {
        return true;
      }
    }
  }
  return false;
}

bool HasBearer(const WebRequest& request, const AccessRules& rules) {
  const std::vector<absl::string_view> fields =
      ValuesOf(request, "Authorization");
  if (fields.size() != 1) return false;
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(fields[0], absl::MaxSplits(' ', 1));
  return absl::EqualsIgnoreCase(parts.first, "Bearer") &&
         EqualInConstantTime(absl::StripAsciiWhitespace(parts.second),
                             rules.bearer);
}

// Refuses requests that no client may make, with or without the secrets.
std::optional<WebAnswer> RefuseForm(const WebRequest& request,
                                    const AccessRules& rules) {
  if (request.method != "GET" && request.method != "HEAD") {
    return Refusal(405, "Only GET and HEAD.\n", {{"Allow", "GET, HEAD"}});
  }
  if (HasBody(request)) return Refusal(400, "Requests must not have a body.\n");
  if (!absl::StartsWith(request.target, "/")) {
    return Refusal(400, "The target must be a path.\n");
  }
  const std::vector<absl::string_view> hosts = ValuesOf(request, "Host");
  const std::string name = hosts.size() == 1 ? HostName(hosts[0]) : "";
  if (name.empty()) return Refusal(400, "One valid Host header is required.\n");
  if (!IsOurHost(name, rules)) {
    return Refusal(421, "Host does not name this server.\n");
  }
  if (IsCrossSite(request, rules, hosts[0])) {
    return Refusal(403, absl::StrCat("This request comes from another site. ",
                                     absl::string_view(kOpenTheUrl)));
  }
  return std::nullopt;
}

WebAnswer AnswerMetrics(const WebRequest& request, const AccessRules& rules) {
  if (!rules.has_metrics) return Refusal(404, "There is no such thing.\n");
  if (!rules.bearer.empty() && !HasBearer(request, rules)) {
    return Refusal(401, "The token in --metrics-token-file is required.\n",
                   {{"WWW-Authenticate", "Bearer"}});
  }
  return {200, WebContent::kMetrics, "", {}};
}

// Turns the URL's token into a cookie, so that it stays neither in the address
// bar nor in the browser's history.
WebAnswer TakeToken(absl::string_view token, const AccessRules& rules) {
  if (!EqualInConstantTime(token, rules.token)) {
    return Refusal(401, absl::StrCat("That is not this run's token. ",
                                     absl::string_view(kOpenTheUrl)));
  }
  return Refusal(
      303, "",
      {{"Location", "/"},
       {"Set-Cookie", absl::StrCat(CookieName(rules.port), "=", rules.token,
                                   "; HttpOnly; SameSite=Strict; Path=/",
                                   rules.tls ? "; Secure" : "")}});
}

}  // namespace

std::string CookieName(uint16_t port) {
  return absl::StrCat("invocator_", port);
}

std::string DrawToken() {
  std::array<unsigned char, 32> bytes;
  // Without random bytes there can be no secret.
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) abort();
  return absl::BytesToHexString(absl::string_view(
      reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

WebAnswer AnswerTo(const WebRequest& request, const AccessRules& rules) {
  if (std::optional<WebAnswer> refusal = RefuseForm(request, rules)) {
    return *std::move(refusal);
  }
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(request.target, absl::MaxSplits('?', 1));
  const auto& [path, query] = parts;
  if (path == "/metrics") return AnswerMetrics(request, rules);
  if (rules.token.empty()) return Refusal(404, "There is /metrics only.\n");
  // Browsers ask for it by themselves, and complain if it is missing.
  if (path == "/favicon.ico") return Refusal(204, "");
  absl::string_view token = query;
  if (path == "/" && absl::ConsumePrefix(&token, "token=")) {
    return TakeToken(token, rules);
  }
  if (!HasCookie(request, rules)) return Refusal(401, kOpenTheUrl);
  if (path == "/") return {200, WebContent::kPage, "", {}};
  if (path == "/events") return {200, WebContent::kEvents, "", {}};
  return Refusal(404, "There is no such thing.\n");
}

std::vector<Header> SecurityHeaders(WebContent content,
                                    absl::string_view policy) {
  return {{"Content-Security-Policy",
           content == WebContent::kPage
               ? std::string(policy)
               : "default-src 'none'; frame-ancestors 'none'"},
          {"X-Frame-Options", "DENY"},
          {"X-Content-Type-Options", "nosniff"},
          {"Referrer-Policy", "no-referrer"},
          {"Cross-Origin-Resource-Policy", "same-origin"},
          {"Cache-Control", "no-store"}};
}

}  // namespace invocator
