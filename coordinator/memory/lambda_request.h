// Requests and answers of the two Lambda control calls that set a memory size.
// Source: Lambda API reference, GetFunctionConfiguration and
// UpdateFunctionConfiguration. Pure.
#ifndef INVOCATOR_COORDINATOR_MEMORY_LAMBDA_REQUEST_H_
#define INVOCATOR_COORDINATOR_MEMORY_LAMBDA_REQUEST_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/aws/sigv4.h"
#include "common/http/http_fetch.h"

namespace invocator {

// A function whose configuration is read or changed.
struct LambdaFunction {
  std::string name;  // or ARN, without qualifier
  std::string region;
  // Endpoint of its control calls (ServiceUrl::ToString); empty: the default.
  std::string endpoint_url = {};

  // "chameleon (us-west-1)", for people.
  std::string ToString() const;

  // Within a run, name and region identify a function.
  friend bool operator==(const LambdaFunction& a, const LambdaFunction& b) {
    return a.name == b.name && a.region == b.region;
  }
};

// A signed request's parts that do not depend on the time.
struct LambdaRequest {
  std::string method;
  std::string url;  // scheme and authority
  Endpoint endpoint;
  std::string body;  // JSON, or empty
  SigningScope scope;
};

// `endpoint_url`: for functions without their own; empty: AWS's.
absl::StatusOr<LambdaRequest> GetConfigurationRequest(
    const LambdaFunction& function, absl::string_view endpoint_url);
// `revision`: of the configuration to be changed: if it has changed since, AWS
// refuses (412). Empty: any.
absl::StatusOr<LambdaRequest> SetMemoryRequest(const LambdaFunction& function,
                                               absl::string_view endpoint_url,
                                               uint32_t memory_mb,
                                               absl::string_view revision);

// The request, signed for that second.
HttpRequest Sign(const LambdaRequest& request, Signer& signer, int64_t unix_s);

// Limit for a size that a function already has: stand-ins for AWS allow others
// than IsMemorySize, and AWS may raise its limit.
inline constexpr uint32_t kMaxFoundMemoryMb = 1'000'000;
inline bool IsFoundMemory(uint32_t mb) {
  return mb >= 1 && mb <= kMaxFoundMemoryMb;
}

struct FunctionConfiguration {
  enum class Update { kSuccessful, kInProgress, kFailed };
  uint32_t memory_mb = 0;
  Update update = Update::kSuccessful;
  std::string update_reason;  // AWS's reason for a failure
  // "Active", "Pending", "Inactive", "Failed"; empty from stand-ins.
  std::string state;
  std::string state_reason;  // AWS's reason if it is not active
  // As AWS names them; empty from stand-ins that do not.
  std::string arn;
  std::string revision;  // new after every change

  // True if the function is ready and only changes give it a new revision: a
  // call makes an inactive function active, which changes its revision.
  bool is_active() const { return state.empty() || state == "Active"; }
};

// Both calls answer with a configuration. Errors have AWS's code and message:
// ABORTED for 409 and 412 (another change is in progress, or came in between),
// RESOURCE_EXHAUSTED for 429, UNAVAILABLE for 5xx, PERMISSION_DENIED for 401
// and 403, NOT_FOUND for 404, INVALID_ARGUMENT for other 4xx; UNIMPLEMENTED for
// an answer that no Lambda API would give.
absl::StatusOr<FunctionConfiguration> ParseConfiguration(
    const HttpResponse& response);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_MEMORY_LAMBDA_REQUEST_H_
