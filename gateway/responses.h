// Answers of the gateway, in the words, statuses and headers of a REST API of
// API Gateway; lambda_answers.h has Lambda's, sts_answers.h those of STS.
// Source: API Gateway developer guide, "Gateway response types", and answers
// quoted in public.
#ifndef INVOCATOR_GATEWAY_RESPONSES_H_
#define INVOCATOR_GATEWAY_RESPONSES_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace invocator {

struct GatewayAnswer {
  int status = 200;
  // For x-amzn-ErrorType; empty when the function itself answers.
  std::string error_type;
  std::string body;
  absl::string_view content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;  // further ones
  std::string request_id;  // empty: a fresh one
  // Decides which ids are sent with it.
  enum class Front { kRestApi, kHttpApi, kLambda, kSts };
  Front front = Front::kRestApi;
  absl::Duration delay;  // until it is sent
  // Of the function that was called; 0: none was. For the statistics.
  uint32_t memory_mb = 0;
  // Whether it answers a request to a function, for the statistics.
  bool counted = true;
};

// {"message": <message>}, with the error type.
GatewayAnswer ErrorAnswer(int status, absl::string_view error_type,
                          absl::string_view message);

GatewayAnswer MissingAuthenticationToken();
GatewayAnswer TooManyRequests();
GatewayAnswer InternalServerError();  // of a function that failed: 502
GatewayAnswer LambdaThrottled();      // of a function without capacity: 500
GatewayAnswer BadRequest();
GatewayAnswer RequestTooLong();
GatewayAnswer UriTooLong();
GatewayAnswer HeadersTooLarge();

// A JSON value of exactly that many bytes; nothing for 0.
std::string JsonOfSize(size_t bytes);

// Lays answers out as HTTP/1.1, with fresh request ids. Thread-compatible.
class ResponseWriter {
 public:
  explicit ResponseWriter(uint64_t id_seed) : ids_(id_seed) {}

  struct Framing {
    bool keep_alive = true;
    bool head = false;  // answers a HEAD request: no body follows
  };
  // Appends the response to `out`.
  void Write(const GatewayAnswer& answer, Framing framing, int64_t unix_s,
             std::string& out);

 private:
  std::mt19937_64 ids_;
  int64_t date_unix_s_ = -1;
  std::string date_;  // of date_unix_s_, as HTTP writes it
};

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_RESPONSES_H_
