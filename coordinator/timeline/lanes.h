// Assigns instances to lanes of the timeline: a lane for each of the 64
// instances with the most invocations, and one for all others. This bounds the
// timeline's memory.
//
// Plain values.
#ifndef INVOCATOR_COORDINATOR_TIMELINE_LANES_H_
#define INVOCATOR_COORDINATOR_TIMELINE_LANES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/plan/plan.h"

namespace invocator {

inline constexpr size_t kMostLanes = 64;

struct Lanes {
  // Lane by instance.
  std::vector<uint32_t> of_instance;
  // Instance by lane, in the plan's order, without the shared lane. If has_rest
  // the shared lane is the last one.
  std::vector<uint32_t> instances;

  size_t size() const { return instances.size() + (has_rest ? 1 : 0); }
  bool has_rest = false;
};

// `planned`: invocations by instance. With equal counts the instance that is
// first in the plan gets the lane.
Lanes ChooseLanes(const std::vector<uint64_t>& planned);

// The lanes' names in the results. The shared lane is "(others)", or
// "((others))" and so on if an instance has that name. `names`: by instance.
std::vector<std::string> LaneNames(const Lanes& lanes,
                                   const std::vector<std::string>& names);
std::vector<std::string> LaneNames(const Lanes& lanes, const Plan& plan);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TIMELINE_LANES_H_
