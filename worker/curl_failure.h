// Derives the reason of a failed libcurl transfer from its handle and errors.
#ifndef INVOCATOR_WORKER_CURL_FAILURE_H_
#define INVOCATOR_WORKER_CURL_FAILURE_H_

#include <curl/curl.h>

#include "absl/strings/string_view.h"
#include "worker/transport_failure.h"

namespace invocator {

// For a connection that could not be opened. `words`: libcurl's message
// (CURLOPT_ERRORBUFFER); may be empty.
TransportFailure ConnectFailureOf(CURL* easy, CURLcode code,
                                  absl::string_view words);

// Progress of an exchange when it failed.
struct CurlProgress {
  bool tls_began = false;   // a connection to its origin was open, then
  bool head_began = false;  // of the answer
  bool head_ended = false;
  bool written = false;  // the whole request
  bool reset_stream = false;
  bool asked_for_certificate = false;  // on this new connection
  bool showed_certificate = false;
  absl::string_view refused = {};  // rule for which we refused the answer
};

TransportFailure CurlFailureOf(CURL* easy, CURLcode code,
                               absl::string_view words,
                               const CurlProgress& progress);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_CURL_FAILURE_H_
