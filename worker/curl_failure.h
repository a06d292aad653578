// Derives the reason of a failed libcurl transfer from its handle and errors.
#ifndef INVOCATOR_WORKER_CURL_FAILURE_H_
#define INVOCATOR_WORKER_CURL_FAILURE_H_

#include <curl/curl.h>

#include "absl/strings/string_view.h"
#include "worker/origin.h"
#include "worker/transport_failure.h"

namespace invocator {

// Has `error` hold why no socket could be opened, an errno, which libcurl does
// not tell. Must outlive the handle.
void KeepSocketError(CURL* easy, int& error);

// For a connection that could not be opened. `words`: libcurl's message
// (CURLOPT_ERRORBUFFER); may be empty. `socket_error`: of KeepSocketError.
TransportFailure ConnectFailureOf(CURL* easy, CURLcode code,
                                  absl::string_view words, const Origin& origin,
                                  int socket_error);

// For a connection that is not open yet when its call's time is over.
TransportFailure LateConnectOf(CURL* easy, const Origin& origin);

// For a name, of the proxy if there is one, that has no known address.
TransportFailure NotFound(const Origin& origin);

// Progress of an exchange when it failed.
struct CurlProgress {
  const Origin& origin;
  bool another_connects = false;  // a connection to the origin, before this
  bool tls_began = false;         // a connection to its origin was open, then
  bool head_began = false;        // of the answer
  bool head_ended = false;
  bool written = false;  // the whole request
  bool http2 = false;
  bool refused_twice = false;          // by the server, over HTTP/2
  bool asked_for_certificate = false;  // on this new connection
  bool showed_certificate = false;
  int socket_error = 0;            // of KeepSocketError
  absl::string_view refused = {};  // rule for which we refused the answer
};

TransportFailure CurlFailureOf(CURL* easy, CURLcode code,
                               absl::string_view words,
                               const CurlProgress& progress);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_CURL_FAILURE_H_
