#include "common/result/outcome.h"

namespace invocator {

absl::string_view OutcomeName(Outcome outcome) {
  static constexpr std::array<absl::string_view, kOutcomes> kNames = {
      "ok",
      "http_error",
      "throttled",
      "auth_error",
      "function_error",
      "timeout",
      "connect_error",
      "tls_error",
      "protocol_error",
      "aborted",
      "lost"};
  return kNames[static_cast<size_t>(outcome)];
}

}  // namespace invocator
