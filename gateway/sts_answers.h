// Answers of STS, in its XML, words and statuses. Source: STS API reference.
// Pure.
#ifndef INVOCATOR_GATEWAY_STS_ANSWERS_H_
#define INVOCATOR_GATEWAY_STS_ANSWERS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "gateway/responses.h"
#include "gateway/role_sessions.h"
#include "gateway/verifier.h"

namespace invocator {

// <name>text</name>. Characters that XML cannot hold or that are not ASCII
// become question marks.
std::string XmlText(absl::string_view name, absl::string_view text);

// <AssumedRoleUser> and <Credentials>.
std::string XmlOfSession(const RoleSession& session);

// 200 with the result of an action. `xml`: elements.
GatewayAnswer StsResult(absl::string_view action, absl::string_view xml,
                        std::string request_id);

// <ErrorResponse>; the fault is always the sender's.
GatewayAnswer StsFault(int status, absl::string_view code,
                       absl::string_view message, std::string request_id);

// The verifier's refusal in the words of STS.
GatewayAnswer StsRefusal(const Refusal& refusal, std::string request_id);

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_STS_ANSWERS_H_
