// Configurations of the functions behind the gateway. As with Lambda, an update
// takes effect after a delay and blocks other changes until then. Source:
// Lambda developer guide, "Lambda function states". Pure: time is an argument.
//
// Units: nanoseconds of a clock that never goes back. Thread-compatible.
#ifndef INVOCATOR_GATEWAY_FUNCTION_REGISTRY_H_
#define INVOCATOR_GATEWAY_FUNCTION_REGISTRY_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace invocator {

inline constexpr uint32_t kMinMemoryMb = 128;
inline constexpr uint32_t kMaxFunctionMemoryMb = 10'240;
// Limit of functions whose configuration was changed.
inline constexpr size_t kMaxChangedFunctions = 1000;

struct RegistryOptions {
  std::set<std::string> names;                    // empty: any function exists
  uint32_t memory_mb = 128;                       // until it is changed
  uint32_t max_memory_mb = kMaxFunctionMemoryMb;  // the account's limit
  absl::Duration update_delay;
};

class FunctionRegistry {
 public:
  explicit FunctionRegistry(const RegistryOptions& options)
      : options_(options) {}

  struct State {
    uint32_t memory_mb = 0;            // as the configuration says
    uint32_t effective_memory_mb = 0;  // in effect for calls
    bool updating = false;
    uint64_t changes = 0;     // of the configuration so far
    uint64_t generation = 0;  // of them in effect
    int64_t modified_unix_s = 0;
  };

  bool Exists(absl::string_view name) const {
    return options_.names.empty() || options_.names.contains(std::string(name));
  }
  // REQUIRES: Exists(name)
  State At(absl::string_view name, int64_t now_ns) const;

  // ABORTED while an update is in progress, OUT_OF_RANGE with Lambda's words,
  // RESOURCE_EXHAUSTED beyond kMaxChangedFunctions. REQUIRES: Exists(name)
  absl::Status SetMemory(absl::string_view name, int64_t memory_mb,
                         int64_t now_ns, int64_t unix_s);

  // Configured sizes of the functions that were ever changed.
  std::map<std::string, uint32_t> ChangedMemoryMb() const;

 private:
  struct Entry {
    uint32_t memory_mb = 0;
    uint32_t previous_mb = 0;
    int64_t in_effect_ns = 0;
    uint64_t changes = 0;
    int64_t modified_unix_s = 0;
  };

  const RegistryOptions options_;
  absl::flat_hash_map<std::string, Entry> changed_;
};

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_FUNCTION_REGISTRY_H_
