// What a service or process may answer instead of credentials: whatever is
// taken for some can be signed with and sent.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "common/credentials/credentials_answer.h"
#include "common/credentials/sts_answer.h"
#include "common/http/http_syntax.h"

namespace {

void CheckFound(const absl::StatusOr<invocator::FoundCredentials>& found) {
  if (!found.ok()) return;
  if (!invocator::CheckCredentials(found->credentials).ok()) abort();
  if (!invocator::IsHttpHeaderValue(found->credentials.session_token)) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  CheckFound(invocator::ParseMetadataAnswer(text));
  CheckFound(invocator::ParseProcessAnswer(text));
  CheckFound(invocator::ParseStsCredentials(text));
  const invocator::StsError error = invocator::ParseStsError(text);
  if (error.code.size() > size || error.message.size() > size) abort();
  return 0;
}
