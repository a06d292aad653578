// Chooses functions of a trace. Pure.
#ifndef INVOCATOR_COORDINATOR_TRACE_FUNCTION_PICK_H_
#define INVOCATOR_COORDINATOR_TRACE_FUNCTION_PICK_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "coordinator/trace/function_census.h"

namespace invocator {

// Limit of chosen functions: a plan's instances.
inline constexpr uint32_t kMostPickedFunctions = 100'000;

enum class PickKind { kBusiest, kRandom, kRows };

struct FunctionPick {
  PickKind kind = PickKind::kBusiest;
  std::vector<uint32_t> rows = {};  // kRows: counted from 1
  uint32_t functions = 50;          // else: how many
  uint32_t seed = 1;                // of kRandom
};

// "busiest", "random" or "1,7,12": sets kind and rows. INVALID_ARGUMENT for
// other text, a row of 0 and one named twice.
absl::Status ParsePick(absl::string_view text, FunctionPick& pick);

// Numbers of the chosen functions. Only functions with calls are chosen: the
// busiest, or a uniform sample, both by falling number of calls, ties by
// number; or those of the rows, in their order. Fewer if there are no more.
//
// INVALID_ARGUMENT for a row that the trace does not have, or without calls.
absl::StatusOr<std::vector<uint32_t>> PickFunctions(
    const FunctionPick& pick, const std::vector<SeenFunction>& functions);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TRACE_FUNCTION_PICK_H_
