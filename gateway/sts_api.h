// The part of the Security Token Service that hands out the temporary keys of
// roles: AssumeRole, AssumeRoleWithWebIdentity, and GetCallerIdentity. Pure:
// time is an argument.
//
// Any caller may assume any existing role. Parameters for a session's policy or
// tags have no effect: there are no permissions that they could change.
//
// Thread-compatible. Borrows the sessions, which must outlive it.
#ifndef INVOCATOR_GATEWAY_STS_API_H_
#define INVOCATOR_GATEWAY_STS_API_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gateway/asked_role.h"
#include "gateway/form.h"
#include "gateway/request.h"
#include "gateway/responses.h"
#include "gateway/role_sessions.h"
#include "gateway/verifier.h"

namespace invocator {

// A body that is larger is refused: 413.
inline constexpr size_t kMaxFormBytes = size_t{64} << 10;

enum class StsAction {
  kAssumeRole,
  kAssumeRoleWithWebIdentity,
  kGetCallerIdentity,
  kUnknown,
};

absl::string_view StsActionName(StsAction action);

struct StsOptions {
  std::vector<std::string> roles;  // that exist, by name; empty: any
  // Whether web identities are accepted; their signers are not verified.
  bool takes_web_identities = true;
  // Of temporary keys, in whole seconds; absent: as the caller asks.
  std::optional<absl::Duration> session_life;
};

class StsApi {
 public:
  struct Call {
    StsAction action = StsAction::kUnknown;
    Form form;

    // A web identity brings a token instead; unknown actions are refused in any
    // case.
    bool NeedsSignature() const {
      return action == StsAction::kAssumeRole ||
             action == StsAction::kGetCallerIdentity;
    }
  };

  StsApi(const StsOptions& options, RoleSessions& sessions);

  // nullopt if it is not a form posted to "/", and so not for STS.
  static std::optional<Call> CallOf(const ReceivedRequest& request);

  // `request`: the call's, its signature verified if it needs one.
  GatewayAnswer Handle(const Call& call, const ReceivedRequest& request,
                       int64_t unix_s);

  // For a call that needs a signature and has no good one.
  GatewayAnswer Refuse(const Refusal& refusal);

 private:
  GatewayAnswer AssumeRole(const Call& call, const ReceivedRequest& request,
                           int64_t unix_s);
  GatewayAnswer AssumeRoleWithWebIdentity(const Call& call, int64_t unix_s);
  GatewayAnswer GetCallerIdentity(const ReceivedRequest& request);
  GatewayAnswer Unknown(const Call& call, const ReceivedRequest& request);

  // <AssumedRoleUser> and <Credentials> of a new session.
  std::string Begin(const AskedRole& role, int64_t unix_s);
  GatewayAnswer Result(StsAction action, absl::string_view xml);
  GatewayAnswer Fault(int status, absl::string_view code,
                      absl::string_view message);

  const StsOptions options_;
  RoleSessions& sessions_;
  std::mt19937_64 ids_{std::random_device()()};
};

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_STS_API_H_
