// What anybody may post to the gateway's STS: every text gets an answer, of
// bounded size and fit for XML, and no token is taken for a session's but the
// one that was handed out.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "common/credentials/sts_answer.h"
#include "gateway/sts_api.h"

namespace {

bool IsXmlText(char c) {
  return absl::ascii_isprint(static_cast<unsigned char>(c)) || c == '\n';
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  invocator::RoleSessions sessions;
  if (sessions.Find(text)) abort();

  invocator::ReceivedRequest request;
  request.method = "POST";
  request.path = "/";
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                     {"X-Amz-Security-Token", text}};
  request.body = text;
  invocator::StsApi api({}, sessions);
  const auto call = invocator::StsApi::CallOf(request);
  if (!call) abort();
  const invocator::GatewayAnswer answer = api.Handle(*call, request, 0);
  if (!absl::c_all_of(answer.body, IsXmlText)) abort();
  // An escaped character is five.
  if (answer.body.size() > 5 * size + 4096) abort();
  const auto keys = invocator::ParseStsCredentials(answer.body);
  if (!keys.ok()) return 0;
  const auto session = sessions.Find(keys->credentials.session_token);
  if (!session || session->keys.credentials != keys->credentials) abort();
  return 0;
}
