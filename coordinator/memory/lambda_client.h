// Reads and sets memory sizes through the Lambda control API, patiently: what
// may be repeated is, with jitter, and bounded. Source: Lambda developer guide,
// "Lambda function states"; AWS SDKs and Tools reference guide, retry behavior.
//
// Blocks; used by one thread. Everything of the outside comes through
// LambdaSystem, so that tests need neither sockets nor time.
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
  // Asked before each call: those of a role change in a long run.
  std::function<absl::StatusOr<Credentials>()> credentials;
  // Whether nothing more is to be begun.
  std::function<bool()> give_up;
  std::function<int64_t()> unix_s;
  std::function<int64_t()> steady_ns;
  // False if it was given up before the time was over.
  std::function<bool(absl::Duration)> sleep;
  std::function<double()> jitter;  // in [0, 1)
  // Prints the reason of a delay for people, if any.
  std::function<void(const std::string&)> say;
};

// What came of a change.
struct MemoryAnswer {
  absl::StatusOr<FunctionConfiguration> configuration;
  // False: every attempt was refused. True: it was made, or an attempt was sent
  // whose answer was not seen, and which may take effect yet.
  bool may_be_made = false;
};

class LambdaClient {
 public:
  // As the AWS CLI's waiter "function-updated" would, but looking sooner.
  static constexpr absl::Duration kSettleTimeout = absl::Minutes(5);
  static constexpr int kAttempts = 8;

  // `endpoint_url`: for functions without their own.
  LambdaClient(LambdaSystem system, std::string endpoint_url);

  // All errors say what was tried on which function; AWS's own words are in
  // them, and their codes are ParseConfiguration's, CANCELLED when given up,
  // or the credentials'. 429, 5xx and no answer are tried again, kAttempts
  // times in all.
  absl::StatusOr<FunctionConfiguration> Get(const LambdaFunction& function);

  // `revision`: as of SetMemoryRequest. Gives the configuration as it is right
  // then, its update in progress perhaps. ABORTED if another change is in
  // progress or came between.
  MemoryAnswer SetMemory(const LambdaFunction& function, uint32_t memory_mb,
                         absl::string_view revision);

  // Calls `change` with the configuration, once no update of it is in progress;
  // again with a new one, as long as it returns ABORTED, for kSettleTimeout at
  // most. Returns what it returned last.
  absl::Status Change(
      const LambdaFunction& function, FunctionConfiguration configuration,
      const std::function<absl::Status(const FunctionConfiguration&)>& change);

  // Waits until that size is in effect; returns the configuration then.
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
