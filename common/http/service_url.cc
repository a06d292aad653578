#include "common/http/service_url.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/http/endpoint.h"
#include "common/words/foreign_text.h"

namespace invocator {
namespace {

constexpr absl::string_view kHttp = "http://";
constexpr absl::string_view kHttps = "https://";
constexpr size_t kMaxShown = 200;

absl::Status Invalid(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", CleanLine(text, kMaxShown), "\"", why));
}

}  // namespace

std::string ServiceUrl::ToString() const {
  return absl::StrCat(plain_http ? kHttp : kHttps, host, path);
}

absl::StatusOr<ServiceUrl> ParseServiceUrl(absl::string_view text) {
  ServiceUrl url;
  absl::string_view rest = text;
  url.plain_http = absl::StartsWithIgnoreCase(text, kHttp);
  if (!url.plain_http && !absl::StartsWithIgnoreCase(text, kHttps)) {
    return Invalid(text, " is not a URL such as http://127.0.0.1:4566");
  }
  rest.remove_prefix(url.plain_http ? kHttp.size() : kHttps.size());
  if (rest.find_first_of("?#") != absl::string_view::npos) {
    return Invalid(text, ": expected no query and no fragment");
  }
  const size_t authority_bytes = std::min(rest.find('/'), rest.size());
  const absl::string_view authority = rest.substr(0, authority_bytes);
  if (url.plain_http && absl::EndsWith(authority, ":443")) {
    return Invalid(text, ": expected https, or another port");
  }
  const absl::StatusOr<Endpoint> endpoint =
      MakeEndpoint(authority, "", rest.substr(authority_bytes));
  if (!endpoint.ok()) {
    return Invalid(text, absl::StrCat(": ", endpoint.status().message()));
  }
  url.host =
      std::string(url.plain_http ? absl::StripSuffix(endpoint->host, ":80")
                                 : absl::string_view(endpoint->host));
  url.path = std::string(absl::StripSuffix(endpoint->path, "/"));
  return url;
}

}  // namespace invocator
