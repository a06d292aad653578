// The names that workers may have: keys of results, and words in messages.
// Pure.
#ifndef INVOCATOR_COMMON_WORKER_NAME_H_
#define INVOCATOR_COMMON_WORKER_NAME_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace invocator {

inline constexpr size_t kMaxWorkerNameBytes = 255;

// INVALID_ARGUMENT, without quoting it, unless it is 1 to 255 bytes that can be
// shown as they are (common/foreign_text.h), and nothing that a spreadsheet
// would take for a formula: it stands in every row of invocations.csv.
absl::Status CheckWorkerName(absl::string_view name);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WORKER_NAME_H_
