// Sample of a failed call, for people: the earliest of its reason, or of its
// reason and instance, on one worker. Plain value; its texts are the target's
// and not cleaned yet (common/words/foreign_text.h).
#ifndef INVOCATOR_COMMON_RESULT_FAILURE_SAMPLE_H_
#define INVOCATOR_COMMON_RESULT_FAILURE_SAMPLE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "common/result/reason.h"

namespace invocator {

struct FailureSample {
  Reason reason = Reason::kNone;
  uint32_t instance = 0;  // index into Plan::instances
  uint64_t sequence = 0;
  int64_t scheduled_ns = 0;  // since the run's start
  uint32_t status = 0;       // HTTP status; 0 if none came
  std::string error_type;    // from x-amzn-ErrorType
  std::string body;          // its beginning, secrets masked
  bool body_cut = false;
  // Our canonical request if the signature did not match; secrets masked.
  std::string canonical_request;
  // The answer's Date minus the worker's wall clock; absent without a Date.
  std::optional<int64_t> date_ahead_s;
  std::string detail;  // error text of the transport: "certificate has expired"
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_RESULT_FAILURE_SAMPLE_H_
