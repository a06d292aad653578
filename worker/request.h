// The requests of a plan, laid out before the start: all but date and signature
// is fixed then, and those change once a second.
//
// Thread-compatible: each engine has its own. Borrows plan and signer, which
// must outlive it.
#ifndef INVOCATOR_WORKER_REQUEST_H_
#define INVOCATOR_WORKER_REQUEST_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/plan.h"
#include "common/sigv4.h"

namespace invocator {

// What one instance sends with one of its bodies.
struct BodyRequest {
  absl::string_view body;
  std::optional<PreparedSignature> signature;  // absent: unsigned
};

struct InstanceRequest {
  std::string url;
  std::string method;
  // Every header but X-Amz-Date and Authorization.
  std::vector<Header> headers;
  absl::Duration timeout;
  std::vector<BodyRequest> bodies;  // never empty

  BodyRequest& ForSequence(uint64_t sequence) {
    return bodies[sequence % bodies.size()];
  }
};

// `endpoint_url`: scheme and authority to use instead of https://<host>; may be
// empty. `signer` may be null if no instance of the plan signs.
std::vector<InstanceRequest> PrepareRequests(const Plan& plan,
                                             absl::string_view endpoint_url,
                                             Signer* signer);

// True if any instance is to be signed.
bool NeedsCredentials(const Plan& plan);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_REQUEST_H_
