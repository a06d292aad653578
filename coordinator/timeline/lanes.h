// Lanes of the timeline: one for each of the 64 instances with the most
// invocations, and one that the rest share. So its memory has a bound.
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
  // By instance.
  std::vector<uint32_t> of_instance;
  // By lane, in the order of the plan: its instance. The rest's lane, if there
  // is one, is the last, and not in here.
  std::vector<uint32_t> instances;

  size_t size() const { return instances.size() + (has_rest ? 1 : 0); }
  bool has_rest = false;
};

// `planned`: of each instance. Of equal ones the first in the plan has the
// lane.
Lanes ChooseLanes(const std::vector<uint64_t>& planned);

// The lanes' names in the results; the rest is "(others)", or similar if an
// instance has that name.
std::vector<std::string> LaneNames(const Lanes& lanes, const Plan& plan);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TIMELINE_LANES_H_
