// Instances with versions, for tests.
#ifndef INVOCATOR_TESTS_SUPPORT_VERSIONS_H_
#define INVOCATOR_TESTS_SUPPORT_VERSIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/plan/plan.h"

namespace invocator {

// The instance's versions, "NAME@0" and so on.
inline std::vector<InstancePlan> VersionsOf(const InstancePlan& instance,
                                            uint32_t count, Pairing pairing) {
  std::vector<InstancePlan> versions;
  for (uint32_t i = 0; i < count; ++i) {
    InstancePlan& version = versions.emplace_back(instance);
    version.name = absl::StrCat(instance.name, "@", i);
    version.arrivals.version = {.index = i, .count = count, .pairing = pairing};
  }
  return versions;
}

inline void Append(std::vector<InstancePlan> more, Plan& plan) {
  for (InstancePlan& instance : more) {
    plan.instances.push_back(std::move(instance));
  }
}

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_VERSIONS_H_
