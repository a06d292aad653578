// Result of setting a function's memory size for a run. Plain values.
#ifndef INVOCATOR_COORDINATOR_MEMORY_MEMORY_REPORT_H_
#define INVOCATOR_COORDINATOR_MEMORY_MEMORY_REPORT_H_

#include <cstdint>
#include <optional>
#include <string>

namespace invocator {

struct MemoryReport {
  std::string application;
  std::string region;
  uint32_t memory_mb = 0;  // during the run
  uint32_t before_mb = 0;
  std::string state;  // unchanged, or as in the run's memory.json
  // Size at the end, if somebody else changed the function during the run: it
  // did not have memory_mb throughout.
  std::optional<uint32_t> overlap_found_mb;
  std::string restore_command = {};  // empty: nothing to restore
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_MEMORY_MEMORY_REPORT_H_
