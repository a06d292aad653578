// Services of the process that a run needs: interrupts and the file limit. Only
// main sets up signals and limits: see common/process/interrupt.h and
// common/process/process_setup.h.
#ifndef INVOCATOR_COMMON_PROCESS_RUN_HOST_H_
#define INVOCATOR_COMMON_PROCESS_RUN_HOST_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"

namespace invocator {

struct RunHost {
  // From now on interrupts are counted and do not end the process.
  std::function<void()> count_interrupts = [] {};
  // Asks the user; null: nobody can answer. CANCELLED after an interrupt.
  std::function<absl::StatusOr<bool>(const std::string& question)> ask;
  // Number of interrupts: the first stops sending, the second ends at once.
  std::function<int()> interrupts = [] { return 0; };
  uint64_t file_limit = 1024;  // descriptors it may have open
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PROCESS_RUN_HOST_H_
