// Reads and sets memory sizes through the Lambda control API. Retries
// repeatable calls, with jitter and a bound. Source: Lambda developer guide,
// "Lambda function states"; AWS SDKs and Tools reference guide, retry behavior.
//
// Blocks; used by one thread. Reaches network, credentials and clocks only
// through LambdaSystem, so that tests need neither sockets nor time.
#ifndef INVOCATOR_COORDINATOR_MEMORY_LAMBDA_CLIENT_H_
#define INVOCATOR_COORDINATOR_MEMORY_LAMBDA_CLIENT_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/aws/credentials.h"
#include "common/aws/sigv4.h"
#include "common/http/http_fetch.h"
#include "coordinator/memory/lambda_request.h"

namespace invocator {

struct LambdaSystem {
  std::function<absl::StatusOr<HttpResponse>(const HttpRequest&)> fetch;
  // Asked before each call: a role's credentials change in a long run.
  std::function<absl::StatusOr<Credentials>()> credentials;
  // True if nothing further may be begun.
  std::function<bool()> give_up;
  std::function<int64_t()> unix_s;
  std::function<int64_t()> steady_ns;
  // False if it gave up before the time was over.
  std::function<bool(absl::Duration)> sleep;
  std::function<double()> jitter;  // in [0, 1)
  // Prints the reason for a delay, for people.
  std::function<void(const std::string&)> say;
};

// Outcome of a change.
struct MemoryAnswer {
  absl::StatusOr<FunctionConfiguration> configuration;
  // False: every attempt was refused. True: the change was made, or the answer
  // to an attempt was not seen and it may still take effect.
  bool may_be_made = false;
};

class LambdaClient {
 public:
  // The same as the AWS CLI's waiter "function-updated", but polls sooner.
  static constexpr absl::Duration kSettleTimeout = absl::Minutes(5);
  static constexpr int kAttempts = 8;

  // `endpoint_url`: for functions without their own.
  LambdaClient(LambdaSystem system, std::string endpoint_url);

  // All errors name the call and the function and quote AWS. Their codes are
  // ParseConfiguration's, CANCELLED when given up, or the credentials'. 429,
  // 5xx and missing answers are retried, kAttempts tries in all.
  absl::StatusOr<FunctionConfiguration> Get(const LambdaFunction& function);

  // `revision`: as for SetMemoryRequest. Returns the configuration at that
  // moment, its update perhaps still in progress. ABORTED if another change is
  // in progress or came in between.
  MemoryAnswer SetMemory(const LambdaFunction& function, uint32_t memory_mb,
                         absl::string_view revision);

  // Calls `change` with the configuration once no update is in progress.
  // Repeats with a new configuration as long as `change` returns ABORTED, for
  // at most kSettleTimeout. Returns the last result.
  absl::Status Change(
      const LambdaFunction& function, FunctionConfiguration configuration,
      const std::function<absl::Status(const FunctionConfiguration&)>& change);

  // Waits until that size is in effect and returns the configuration.
  // DEADLINE_EXCEEDED after kSettleTimeout, INTERNAL if the update failed.
  absl::StatusOr<FunctionConfiguration> Confirm(
      const LambdaFunction& function, FunctionConfiguration configuration,
      uint32_t memory_mb);

 private:
  // Reads on until `done`.
  absl::StatusOr<FunctionConfiguration> ReadUntil(
      const LambdaFunction& function, FunctionConfiguration configuration,
      const std::function<bool(const FunctionConfiguration&)>& done);
  MemoryAnswer Call(const LambdaFunction& function,
                    const LambdaRequest& request, absl::string_view what);
  absl::StatusOr<HttpResponse> Once(const LambdaRequest& request,
                                    Credentials credentials);

  const LambdaSystem system_;
  const std::string endpoint_url_;
  Signer signer_{Credentials()};
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_MEMORY_LAMBDA_CLIENT_H_
