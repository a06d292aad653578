#include "common/http/endpoint.h"

#include <arpa/inet.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/http/percent.h"
#include "common/words/foreign_text.h"
#include "common/words/punycode.h"

namespace invocator {
namespace {

constexpr size_t kMaxNameBytes = 253;  // RFC 1035, 2.3.4, without the last dot
constexpr size_t kMaxLabelBytes = 63;
constexpr int kHttpsPort = 443;

absl::Status Invalid(absl::string_view what, absl::string_view value,
                     absl::string_view problem) {
  static constexpr size_t kMaxShown = 200;
  return absl::InvalidArgumentError(
      absl::StrCat(what, " \"", CleanLine(value.substr(0, kMaxShown)),
                   value.size() > kMaxShown ? "...\" " : "\" ", problem));
}

bool IsLabel(absl::string_view label) {
  return !label.empty() && label.size() <= kMaxLabelBytes &&
         label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '-' || c == '_';
         });
}

bool IsHostName(absl::string_view name) {
  if (name.size() > kMaxNameBytes) return false;
  const std::vector<absl::string_view> labels = absl::StrSplit(name, '.');
  return std::all_of(labels.begin(), labels.end(), IsLabel);
}

bool IsIpv6Address(absl::string_view address) {
  in6_addr parsed;
  return inet_pton(AF_INET6, std::string(address).c_str(), &parsed) == 1;
}

// Splits "name:port" or "[v6]:port" into the part before the port, brackets
// included, and the digits; nullopt for the latter without a port.
std::pair<absl::string_view, std::optional<absl::string_view>> SplitPort(
    absl::string_view host) {
  const size_t bracket = host.rfind(']');
  const size_t colon = host.rfind(':');
  if (colon == host.npos || (bracket != host.npos && colon < bracket)) {
    return {host, std::nullopt};
  }
  return {host.substr(0, colon), host.substr(colon + 1)};
}

std::optional<int> PortOf(absl::string_view digits) {
  int port = 0;
  if (digits.size() > 5 || !absl::c_all_of(digits, absl::ascii_isdigit) ||
      !absl::SimpleAtoi(digits, &port) || port < 1 || port > 65535) {
    return std::nullopt;
  }
  return port;
}

bool IsAscii(char c) {
  return absl::ascii_isascii(static_cast<unsigned char>(c));
}

// The form in a Host header; nullopt if `host` is not a host.
std::optional<std::string> WireHost(absl::string_view host) {
  const auto [name, port_digits] = SplitPort(host);
  const bool is_bracketed =
      name.size() >= 2 && name.front() == '[' && name.back() == ']';
  if (is_bracketed ? !IsIpv6Address(name.substr(1, name.size() - 2))
                   : !IsHostName(name)) {
    return std::nullopt;
  }
  std::string wire = absl::AsciiStrToLower(name);
  if (port_digits.has_value()) {
    const std::optional<int> port = PortOf(*port_digits);
    if (!port) return std::nullopt;
    if (*port != kHttpsPort) absl::StrAppend(&wire, ":", *port);
  }
  return wire;
}

// REQUIRES: !WireHost(host)
absl::Status WhyNoHost(absl::string_view host) {
  static constexpr absl::string_view kExpected =
      "expected a name, name:port or [IPv6 address]:port";
  const std::optional<std::string> mended = MendHost(host);
  const auto invalid = [&](absl::string_view problem,
                           absl::string_view after = "") {
    return Invalid(
        "host", host,
        absl::StrCat(problem, mended ? absl::StrCat(", \"", *mended, "\"") : "",
                     after));
  };
  if (host.empty()) {
    return Invalid("host", host, absl::StrCat("is empty: ", kExpected));
  }
  if (absl::StrContains(host, "://")) {
    return invalid("has a scheme: expected the name alone");
  }
  if (absl::StrContains(host, "/")) {
    return invalid("has a slash: expected the name alone",
                   "; put the path into stage and resource");
  }
  if (absl::StrContains(host, "@")) {
    return invalid("has a user in it: expected the name alone",
                   "; put credentials in a header");
  }
  if (IsIpv6Address(host)) {
    return Invalid(
        "host", host,
        absl::StrCat("is a bare IPv6 address: expected \"[", host, "]\""));
  }
  const auto [name, port_digits] = SplitPort(host);
  if (absl::EndsWith(name, ".") && IsHostName(absl::StripSuffix(name, "."))) {
    return invalid(
        "ends with a dot, which certificates and signatures never have: "
        "expected the name without it");
  }
  if (!absl::c_all_of(name, IsAscii)) {
    return invalid(
        absl::StrCat("has non-ASCII characters: expected its DNS form",
                     mended ? "" : ", which begins with \"xn--\" (IDNA)"));
  }
  if (port_digits && !PortOf(*port_digits)) {
    return Invalid("host", host, "has a bad port: expected 1 to 65535");
  }
  return Invalid("host", host, absl::StrCat("is not a host: ", kExpected));
}

// Characters that stay as they are in a path or query, escapes included (RFC
// 3986, 3.3 and 3.4).
bool StaysInPath(char c) {
  return IsUnreserved(c) ||
         absl::StrContains("%/:@!$&'()*+,;=", absl::string_view(&c, 1));
}
bool StaysInQuery(char c) { return StaysInPath(c) || c == '?'; }

absl::Status CheckEscapes(absl::string_view what, absl::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && !IsEscapeAt(text, i)) {
      return Invalid(what, text,
                     "has a '%' without two hex digits: expected an escape, "
                     "or %25 for the character itself");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckPath(absl::string_view what, absl::string_view path) {
  if (absl::StrContains(path, "//")) {
    return Invalid(what, path,
                   "has \"//\": expected single slashes, as signers disagree "
                   "on repeated ones");
  }
  for (absl::string_view segment : absl::StrSplit(path, '/')) {
    const std::string decoded = PercentDecode(segment);
    if (decoded == "." || decoded == "..") {
      return Invalid(what, path,
                     "has a \".\" or \"..\" segment: expected the path "
                     "without them, as signers disagree on their meaning");
    }
  }
  return CheckEscapes(what, path);
}

absl::Status CheckQuery(absl::string_view query) {
  if (absl::StrContains(query, "+")) {
    return Invalid("query", query,
                   "has a raw '+', on which signers disagree: expected %2B "
                   "for a plus or %20 for a blank");
  }
  if (!query.empty()) {
    for (absl::string_view parameter : absl::StrSplit(query, '&')) {
      if (parameter.empty()) {
        return Invalid("query", query,
                       "has an empty parameter, on which signers disagree: "
                       "expected one between every two '&'");
      }
    }
  }
  return CheckEscapes("query", query);
}

// "/part", whether or not it began with a slash; "" for "".
std::string WithLeadingSlash(absl::string_view part) {
  return absl::StrCat(part.empty() || part.front() == '/' ? "" : "/", part);
}

}  // namespace

std::optional<std::string> MendHost(absl::string_view host) {
  if (const size_t scheme = host.find("://"); scheme != host.npos) {
    host.remove_prefix(scheme + 3);
  }
  host = host.substr(0, host.find_first_of("/?#"));
  if (const size_t at = host.rfind('@'); at != host.npos) {
    host.remove_prefix(at + 1);
  }
  if (IsIpv6Address(host)) return absl::StrCat("[", host, "]");
  const auto [name, port_digits] = SplitPort(host);
  std::optional<std::string> mended(absl::StripSuffix(name, "."));
  if (!absl::c_all_of(*mended, IsAscii)) mended = AsciiHostName(*mended);
  if (!mended) return std::nullopt;
  if (port_digits) absl::StrAppend(&*mended, ":", *port_digits);
  if (!WireHost(*mended)) return std::nullopt;
  return mended;
}

absl::StatusOr<Endpoint> MakeEndpoint(absl::string_view host,
                                      absl::string_view stage,
                                      absl::string_view resource) {
  std::optional<std::string> wire_host = WireHost(host);
  if (!wire_host) return WhyNoHost(host);

  if (absl::StrContains(stage, "?")) {
    return Invalid("stage", stage,
                   "has a '?': expected a path; a query belongs into resource");
  }
  const size_t mark = std::min(resource.find('?'), resource.size());
  const absl::string_view query =
      resource.substr(std::min(mark + 1, resource.size()));
  std::string path = absl::StrCat(WithLeadingSlash(stage),
                                  WithLeadingSlash(resource.substr(0, mark)));
  if (path.empty()) path.push_back('/');

  absl::Status status = CheckPath("path", path);
  if (status.ok()) status = CheckQuery(query);
  if (!status.ok()) return status;
  return Endpoint{*std::move(wire_host), PercentEncode(path, StaysInPath),
                  PercentEncode(query, StaysInQuery)};
}

}  // namespace invocator
