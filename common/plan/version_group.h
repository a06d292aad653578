// The versions of one instance in a plan: instances of their own, which stand
// one after the other and have the same arrivals (VersionPlace). Pure.
#ifndef INVOCATOR_COMMON_PLAN_VERSION_GROUP_H_
#define INVOCATOR_COMMON_PLAN_VERSION_GROUP_H_

#include <cstddef>
#include <vector>

#include "common/plan/plan.h"

namespace invocator {

// The first version of the instance's group; without versions, the instance.
inline size_t FirstVersion(const Plan& plan, size_t instance) {
  const auto& version = plan.instances[instance].arrivals.version;
  return version ? instance - version->index : instance;
}

// One past the last version of that group.
inline size_t VersionsEnd(const Plan& plan, size_t instance) {
  const auto& version = plan.instances[instance].arrivals.version;
  return version ? instance - version->index + version->count : instance + 1;
}

// By instance: the one in whose place it is played, by the same engines in the
// same stripes. Versions that are due together have that of the first.
inline std::vector<size_t> PlacedWith(const Plan& plan) {
  std::vector<size_t> places;
  for (size_t i = 0; i < plan.instances.size(); ++i) {
    const auto& version = plan.instances[i].arrivals.version;
    const bool is_paired = version && version->pairing == Pairing::kBoth;
    places.push_back(is_paired ? FirstVersion(plan, i) : i);
  }
  return places;
}

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PLAN_VERSION_GROUP_H_
