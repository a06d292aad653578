// Checks the names of workers, which are keys in results and appear in
// messages. Pure.
#ifndef INVOCATOR_COMMON_WORDS_WORKER_NAME_H_
#define INVOCATOR_COMMON_WORDS_WORKER_NAME_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace invocator {

inline constexpr size_t kMaxWorkerNameBytes = 255;

// OK for 1 to 255 bytes of clean text (common/words/foreign_text.h) that a
// spreadsheet does not take for a formula, since every row of invocations.csv
// has the name. Else INVALID_ARGUMENT, which does not quote the name.
absl::Status CheckWorkerName(absl::string_view name);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WORDS_WORKER_NAME_H_
