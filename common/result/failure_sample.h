// A failed call for people to look at: the earliest of its reason, or of its
// reason and instance, as one worker saw it. Plain value; its texts are the
// target's and not yet clean (common/words/foreign_text.h).
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
  std::string error_type;    // of x-amzn-ErrorType
  std::string body;          // its beginning, secrets masked
  bool body_cut = false;
  // Of a signature that did not match: our canonical request, secrets masked.
  std::string canonical_request;
  // Of an answer with a Date: its distance from the worker's wall clock.
  std::optional<int64_t> date_ahead_s;
  std::string detail;  // error text of the transport: "certificate has expired"
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_RESULT_FAILURE_SAMPLE_H_
