// Verifies SigV4 on requests as received, and refuses in the words of API
// Gateway. Source: IAM user guide, "Create a signed AWS API request". Pure:
// wall time is an argument.
//
// Stricter than AWS, so that it never hides a fault: every x-amz-* header must
// be signed, as the IAM guide demands, although execute-api was seen to accept
// unsigned ones. Ambiguous requests (a header or parameter that comes twice, a
// signature in both header and query) are refused.
//
// Thread-compatible.
#ifndef INVOCATOR_GATEWAY_VERIFIER_H_
#define INVOCATOR_GATEWAY_VERIFIER_H_

#include <map>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/aws/credentials.h"
#include "common/aws/sigv4.h"
#include "gateway/request.h"
#include "gateway/role_sessions.h"

namespace invocator {

// Largest difference of a signature's time from ours, as at execute-api and
// Lambda.
inline constexpr absl::Duration kSignatureWindow = absl::Minutes(5);

// A request that is not let in: always status 403.
struct Refusal {
  std::string error_type;
  std::string message;
};

class Verifier {
 public:
  // Also accepts the keys of `sessions`, which it borrows: they must outlive
  // it.
  explicit Verifier(const Credentials& accepted,
                    const RoleSessions* sessions = nullptr);

  // Also accepts these, until they expire.
  void Accept(const FoundCredentials& accepted);

  // nullopt if the signature is valid and made for that service.
  std::optional<Refusal> Verify(const ReceivedRequest& request, absl::Time wall,
                                absl::string_view service = "execute-api");

 private:
  struct Accepted {
    Signer signer;
    absl::Time expires_at;
  };

  // nullptr if no accepted key has that key id and token.
  Accepted* Find(absl::string_view key_id, absl::string_view token);

  std::map<std::string, Accepted, std::less<>> accepted_;  // by key id
  const RoleSessions* sessions_;
  // The session used last. Most often it is also the next one, and its keys
  // need not be derived again.
  std::optional<Accepted> last_session_;
};

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_VERIFIER_H_
