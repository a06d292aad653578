// Derives the reason why libcurl could not open a connection from its handle
// and errors.
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

}  // namespace invocator

#endif  // INVOCATOR_WORKER_NET_CURL_FAILURE_H_
