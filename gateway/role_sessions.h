// Sessions of assumed roles: the temporary keys that the gateway hands out.
//
// Stores nothing per session. The token contains the session's ARN and expiry;
// key id and secret are derived from the token by HMAC, under a key drawn when
// this object is made. So any number of sessions costs nothing, and all of them
// end with the gateway.
//
// Thread-compatible.
#ifndef INVOCATOR_GATEWAY_ROLE_SESSIONS_H_
#define INVOCATOR_GATEWAY_ROLE_SESSIONS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/aws/credentials.h"
#include "common/base/sha256.h"

namespace invocator {

struct RoleSession {
  // arn:aws:sts::<account>:assumed-role/<role>/<session name>
  std::string arn;
  FoundCredentials keys;
};

// "AROA...:<session name>", by which AWS knows the holder of such an ARN.
std::string AssumedRoleId(absl::string_view arn);

class RoleSessions {
 public:
  RoleSessions();

  // `expires_at`: of whole seconds. No two sessions have the same keys.
  RoleSession Begin(absl::string_view arn, absl::Time expires_at);

  // The session of a token that came from Begin, whether it has expired or not;
  // nullopt for any other text.
  std::optional<RoleSession> Find(absl::string_view token) const;

 private:
  // `facts`: "<expiry, as a Unix time> <serial number> <ARN>".
  std::optional<RoleSession> Restore(absl::string_view facts) const;

  const HmacKey key_;
  uint64_t begun_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_ROLE_SESSIONS_H_
