// Token bucket: the throttle of an account. Pure: time is an argument.
//
// Units: nanoseconds of a clock that never goes back. Thread-compatible.
#ifndef INVOCATOR_GATEWAY_TOKEN_BUCKET_H_
#define INVOCATOR_GATEWAY_TOKEN_BUCKET_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace invocator {

struct RateLimit {
  double rate_per_s = 0;
  double burst = 0;  // tokens of a full bucket
};

// Reads "100/s" (the bucket holds a second's worth, one token at least) or
// "100/s:50" (50 tokens). INVALID_ARGUMENT, naming the text, otherwise.
absl::StatusOr<RateLimit> ParseRateLimit(absl::string_view text);

class TokenBucket {
 public:
  // The bucket begins full.
  explicit TokenBucket(RateLimit limit) : limit_(limit), tokens_(limit.burst) {}

  // Takes a token if there is one.
  bool Take(int64_t now_ns);

 private:
  RateLimit limit_;
  double tokens_;
  int64_t filled_ns_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_TOKEN_BUCKET_H_
