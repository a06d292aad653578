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

std::vector<std::string> LaneNames(const Lanes& lanes, const Plan& plan) {
  std::vector<std::string> names;
  for (const uint32_t instance : lanes.instances) {
    names.push_back(plan.instances[instance].name);
  }
  if (!lanes.has_rest) return names;
  std::string rest = "(others)";
  const auto is_taken = [&](const InstancePlan& instance) {
    return instance.name == rest;
  };
  while (std::any_of(plan.instances.begin(), plan.instances.end(), is_taken)) {
    rest = absl::StrCat("(", rest, ")");
  }
  names.push_back(rest);
  return names;
}

}  // namespace invocator
