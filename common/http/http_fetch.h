// Blocking HTTP client for control planes (credentials, metadata, Lambda's
// configuration): one small request and its whole answer. Not for measured
// calls.
//
// Blocks for at most `timeout`; safe to call from any thread. Follows no
// redirects. Ignores the environment's proxy for hosts that no proxy can reach:
// this machine and link-local addresses (instance metadata).
#ifndef INVOCATOR_COMMON_HTTP_HTTP_FETCH_H_
#define INVOCATOR_COMMON_HTTP_HTTP_FETCH_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/http/http_syntax.h"
#include "common/http/target_options.h"

namespace invocator {

struct HttpRequest {
  std::string method = "GET";
  std::string url;  // http or https, sent as written
  // May include Host. HttpFetch adds User-Agent and Content-Length.
  std::vector<Header> headers;
  std::string body;
  absl::Duration timeout = absl::Seconds(10);          // of the whole fetch
  absl::Duration connect_timeout = absl::Seconds(10);  // within `timeout`
  TargetOptions target;
  size_t max_response_bytes = size_t{1} << 20;
  // Polled about once a second while idle.
  std::function<bool()> give_up;
};

struct HttpResponse {
  int status = 0;
  std::vector<Header> headers;  // names in lower case, in the order received
  std::string body;

  // The first header of that name (in lower case).
  std::optional<absl::string_view> Find(absl::string_view name) const;
};

// Any answer is a success, whatever its status. Errors name the host, never
// path, query, headers or bodies: INVALID_ARGUMENT for a request that cannot be
// sent, UNAVAILABLE when there was no connection, no answer, or only part of
// one, DEADLINE_EXCEEDED when the answer took too long, FAILED_PRECONDITION
// when the peer's certificate is not trusted, RESOURCE_EXHAUSTED beyond
// `max_response_bytes`, CANCELLED.
absl::StatusOr<HttpResponse> HttpFetch(const HttpRequest& request);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_HTTP_HTTP_FETCH_H_
