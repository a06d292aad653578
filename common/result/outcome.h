// Outcomes of invocations, and their names in the results.
#ifndef INVOCATOR_COMMON_RESULT_OUTCOME_H_
#define INVOCATOR_COMMON_RESULT_OUTCOME_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace invocator {

// The numbers are sent in Progress and RecordBatch: append, never renumber; and
// extend OutcomeName.
enum class Outcome : uint8_t {
  kOk = 0,             // 2xx, or a status that the workload expects
  kHttpError = 1,      // any other status not named below
  kThrottled = 2,      // 429, and gateways' other forms of it
  kAuthError = 3,      // 401, 403
  kFunctionError = 4,  // the function failed
  kTimeout = 5,
  kConnectError = 6,
  kTlsError = 7,
  kProtocolError = 8,
  kAborted = 9,  // in flight when the drain ended
  kLost = 10,    // its worker was lost after the last report
};

inline constexpr size_t kOutcomes = 11;

using OutcomeCounts = std::array<uint64_t, kOutcomes>;

absl::string_view OutcomeName(Outcome outcome);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_RESULT_OUTCOME_H_
