// One small HTTP request and its whole answer, for control planes: credentials,
// metadata, Lambda's configuration. Not for what is measured.
//
// Blocks for at most `timeout`; safe to call from any thread. Redirects are not
// followed, and a proxy of the environment is not asked for hosts that no proxy
// can reach: this machine and link-local addresses (instance metadata).
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
  std::string url;  // http or https, sent as it is written
  // Beside Host, which may be given too; User-Agent and Content-Length are
  // ours.
  std::vector<Header> headers;
  std::string body;
  absl::Duration timeout = absl::Seconds(10);          // of all of it
  absl::Duration connect_timeout = absl::Seconds(10);  // within `timeout`
  TargetOptions target;
  size_t max_response_bytes = size_t{1} << 20;
  // Asked about once a second while there is nothing else to do.
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
// sent, UNAVAILABLE when there was no connection, no answer, or not a whole
// one, DEADLINE_EXCEEDED when the answer took too long, FAILED_PRECONDITION
// when the peer's certificate is not trusted, RESOURCE_EXHAUSTED beyond
// `max_response_bytes`, CANCELLED.
absl::StatusOr<HttpResponse> HttpFetch(const HttpRequest& request);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_HTTP_HTTP_FETCH_H_
