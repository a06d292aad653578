// Memory sizes of Lambda functions: their range, and the size of each function
// of a plan. Pure.
#ifndef INVOCATOR_COORDINATOR_MEMORY_MEMORY_SIZE_H_
#define INVOCATOR_COORDINATOR_MEMORY_MEMORY_SIZE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/plan/plan.h"
#include "coordinator/memory/lambda_endpoint.h"
#include "coordinator/memory/lambda_request.h"

namespace invocator {

inline constexpr uint32_t kDefaultMemorySizeMb = 128;

// Value of --memory-size.
struct MemorySizeOption {
  // One run for each; empty: "keep", nothing is touched.
  std::vector<uint32_t> sizes_mb = {kDefaultMemorySizeMb};
  bool is_given = false;  // false: the default, no --memory-size
};

// Reads "256", "128,256,512" or "keep". INVALID_ARGUMENT names the text and the
// expectation.
absl::StatusOr<MemorySizeOption> ParseMemorySize(absl::string_view text);

struct MemoryTarget {
  LambdaFunction function;
  uint32_t memory_mb = 0;

  friend bool operator==(const MemoryTarget&, const MemoryTarget&) = default;
};

// The functions of signed instances that name an application, each once, in the
// plan's order, with the instance's memory_size, else `option_mb`. Versions and
// aliases keep the size they have. Empty if `option_mb` is absent ("keep").
// Control calls go to the endpoint of the instance's Invoke calls, if it makes
// any and `control` is not an option's; else to `control`. INVALID_ARGUMENT
// when two instances want different sizes of one function, or call it at AWS
// and elsewhere, and for an application that is not a function, or is a version
// or alias with a memory_size.
absl::StatusOr<std::vector<MemoryTarget>> MemoryTargets(
    const Plan& plan, std::optional<uint32_t> option_mb,
    const ControlEndpoint& control = {});

// The targets whose size no instance of the workload gives.
std::vector<MemoryTarget> DefaultSized(
    const Plan& plan, const std::vector<MemoryTarget>& targets);

// Lines about the functions that a run with these sizes changes: "will set
// memory of f to 128 MB; --memory-size keep leaves it (us-west-1)"; and about
// versions and aliases, which keep theirs. For the first few functions only.
// Omits targets that MemoryTargets refuses.
std::vector<std::string> MemoryEffects(const Plan& plan,
                                       const MemorySizeOption& option,
                                       const ControlEndpoint& control);

// The memory of each instance's function during a run that sets those targets;
// absent for those without one.
std::vector<std::optional<uint32_t>> MemoryByInstance(
    const Plan& plan, const std::vector<MemoryTarget>& targets);

// Warning for people about instances that several sizes cannot compare, since
// their functions have a fixed size. Empty without such instances or without
// several sizes. INVALID_ARGUMENT if no function's size depends on the option,
// and as for MemoryTargets.
absl::StatusOr<std::string> SeriesWarning(const Plan& plan,
                                          const MemorySizeOption& option,
                                          const ControlEndpoint& control = {});

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_MEMORY_MEMORY_SIZE_H_
