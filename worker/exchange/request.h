// The requests of a plan, laid out before the start: all but date and signature
// is fixed then, and those change once a second.
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
#include "worker/exchange/credentials_follower.h"

namespace invocator {

// Bodies of an instance that are signed before the start, since the hash of
// one, about half a microsecond for each KB, would show in the first sends. Not
// more, since a list may have thousands.
inline constexpr size_t kReadyBodies = 64;

// What one instance sends with one of its bodies.
struct BodyRequest {
  absl::string_view body;
  // Made when first used: a list of payloads may be longer than the run.
  std::unique_ptr<PreparedSignature> signature;
};

struct InstanceRequest {
  std::string url;
  std::string method;
  // Every header but those that come from the signer: X-Amz-Date,
  // Authorization and X-Amz-Security-Token.
  std::vector<Header> headers;
  absl::Duration timeout;
  // Empty if the instance is not among those wanted.
  std::vector<BodyRequest> bodies;
  const InstancePlan* instance = nullptr;
  Signer* signer = nullptr;  // null if unsigned
  // Renews the signer's credentials; null if they never change.
  CredentialsFollower* follower = nullptr;

  // Date and Authorization of the request with that body in that second, as
  // PreparedSignature::At; null if unsigned. In a new second the signer may get
  // new credentials here: its generation and session token are to be looked at
  // afterwards, and go with what is returned.
  const PreparedSignature::Stamp* StampAt(size_t body, int64_t unix_s);

  // Where its answers tell cold starts; may be null.
  const ColdStartSource* cold_start_source() const {
    return instance->cold_start_from ? &*instance->cold_start_from : nullptr;
  }
};

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
