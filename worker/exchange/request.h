// Requests of a plan, laid out before the start: from then on only date and
// signature change, once a second.
//
// Thread-compatible: each engine has its own. Borrows plan and signer, which
// must outlive it.
#ifndef INVOCATOR_WORKER_EXCHANGE_REQUEST_H_
#define INVOCATOR_WORKER_EXCHANGE_REQUEST_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/aws/sigv4.h"
#include "common/plan/plan.h"
#include "common/plan/share.h"
#include "worker/exchange/answer_rules.h"
#include "worker/exchange/credentials_follower.h"

namespace invocator {

// Bodies of an instance that are signed before the start: hashing one takes
// about half a microsecond per KB, which would show in the first sends. Not
// more, since a list may have thousands.
inline constexpr size_t kReadyBodies = 64;

// Request of one instance with one of its bodies.
struct BodyRequest {
  absl::string_view body;
  // Made when first used: a list of payloads may be longer than the run.
  std::unique_ptr<PreparedSignature> signature;
};

struct InstanceRequest {
  std::string url;
  std::string method;
  // Every header except the signer's: X-Amz-Date,
  // Authorization and X-Amz-Security-Token.
  std::vector<Header> headers;
  absl::Duration timeout;
  // Empty if the instance is not in the shares.
  std::vector<BodyRequest> bodies;
  const InstancePlan* instance = nullptr;
  Signer* signer = nullptr;  // null if unsigned
  // Renews the signer's credentials; null if they never change.
  CredentialsFollower* follower = nullptr;

  // Date and Authorization of the request with that body in that second, as
  // PreparedSignature::At; null if unsigned. In a new second the signer may get
  // new credentials here: read its generation and session token afterwards;
  // they belong to the returned stamp.
  const PreparedSignature::Stamp* StampAt(size_t body, int64_t unix_s);

  AnswerRules answer_rules() const {
    const auto& source = instance->cold_start_from;
    return {source ? &*source : nullptr, instance->expected_statuses};
  }
};

// Path and query of a URL.
absl::string_view TargetOf(absl::string_view url);

// Headers as sent with that body, without the signer's: the request's, and the
// User-Agent, Accept and Content-Length that it lacks.
std::vector<Header> SentHeaders(const InstanceRequest& request,
                                absl::string_view body);

// One request for each instance of the plan; empty for instances not in
// `shares`. `endpoint_url`: replaces https://<host>, from ServiceUrl::ToString;
// may be empty. Its path is not signed. `signer` may be null if no instance of
// the plan signs.
std::vector<InstanceRequest> PrepareRequests(const Plan& plan,
                                             const std::vector<Share>& shares,
                                             absl::string_view endpoint_url,
                                             Signer* signer);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_EXCHANGE_REQUEST_H_
