// Turns the JSON of a payload file into request bodies.
#ifndef INVOCATOR_COORDINATOR_WORKLOAD_PAYLOAD_READER_H_
#define INVOCATOR_COORDINATOR_WORKLOAD_PAYLOAD_READER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/plan/plan.h"

namespace invocator {

// The elements of a list, or the one value that is not a list, each written
// compactly. Keys keep their order, numbers all their digits.
//
// INVALID_ARGUMENT for text that is not JSON ("file:line:column: what"), an
// empty list, and a body of more than kMaxBodyBytes.
absl::StatusOr<PayloadSet> ReadPayloads(absl::string_view file,
                                        absl::string_view text);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WORKLOAD_PAYLOAD_READER_H_
