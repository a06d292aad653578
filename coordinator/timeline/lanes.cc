#include "coordinator/timeline/lanes.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/str_cat.h"

namespace invocator {

Lanes ChooseLanes(const std::vector<uint64_t>& planned) {
  Lanes lanes;
  std::vector<uint32_t> order(planned.size());
  std::iota(order.begin(), order.end(), 0u);
  if (order.size() > kMostLanes) {
    std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      return planned[a] > planned[b];
    });
    order.resize(kMostLanes);
    std::sort(order.begin(), order.end());
    lanes.has_rest = true;
  }
  lanes.of_instance.assign(planned.size(), static_cast<uint32_t>(order.size()));
  for (uint32_t lane = 0; lane < order.size(); ++lane) {
    lanes.of_instance[order[lane]] = lane;
  }
  lanes.instances = std::move(order);
  return lanes;
}

std::vector<std::string> LaneNames(const Lanes& lanes,
                                   const std::vector<std::string>& names) {
  std::vector<std::string> of_lanes;
  for (const uint32_t instance : lanes.instances) {
    of_lanes.push_back(names[instance]);
  }
  if (!lanes.has_rest) return of_lanes;
  std::string rest = "(others)";
  while (std::find(names.begin(), names.end(), rest) != names.end()) {
    rest = absl::StrCat("(", rest, ")");
  }
  of_lanes.push_back(rest);
  return of_lanes;
}

std::vector<std::string> LaneNames(const Lanes& lanes, const Plan& plan) {
  std::vector<std::string> names;
  for (const InstancePlan& instance : plan.instances) {
    names.push_back(instance.name);
  }
  return LaneNames(lanes, names);
}

}  // namespace invocator
