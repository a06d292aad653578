// Derives the reason of a failed libcurl transfer from its handle and errors.
#ifndef INVOCATOR_WORKER_NET_CURL_FAILURE_H_
#define INVOCATOR_WORKER_NET_CURL_FAILURE_H_

#include <curl/curl.h>

#include "absl/strings/string_view.h"
#include "worker/net/origin.h"
#include "worker/net/transport_failure.h"

namespace invocator {

// Stores the errno of a failed socket() in `error`; libcurl does not report it.
// `error` must outlive the handle.
void KeepSocketError(CURL* easy, int& error);

// For a connection that could not be opened. `words`: libcurl's message
// (CURLOPT_ERRORBUFFER); may be empty. `socket_error`: set by KeepSocketError.
TransportFailure ConnectFailureOf(CURL* easy, CURLcode code,
                                  absl::string_view words, const Origin& origin,
                                  int socket_error);

// For a connection that was not open in time for its call.
TransportFailure LateConnectOf(CURL* easy, const Origin& origin);

// For a host without a known address; with a proxy, for the proxy.
TransportFailure NotFound(const Origin& origin);

// Progress of an exchange when it failed.
struct CurlProgress {
  const Origin& origin;
  bool another_connects = false;  // a connection to the origin was begun
  bool tls_began = false;         // on one; no call was answered yet
  bool head_began = false;        // of the answer
  bool head_ended = false;
  bool written = false;  // the whole request
  bool http2 = false;
  bool refused_twice = false;          // by the server, over HTTP/2
  bool asked_for_certificate = false;  // on this new connection
  bool showed_certificate = false;
  int socket_error = 0;            // of socket(); 0: none
  absl::string_view refused = {};  // rule for which we refused the answer
};

TransportFailure CurlFailureOf(CURL* easy, CURLcode code,
                               absl::string_view words,
                               const CurlProgress& progress);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_NET_CURL_FAILURE_H_
