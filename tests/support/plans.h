// Small plans for tests.
#ifndef INVOCATOR_TESTS_SUPPORT_PLANS_H_
#define INVOCATOR_TESTS_SUPPORT_PLANS_H_

#include <string>
#include <utility>
#include <vector>

#include "common/plan/partition.h"
#include "common/plan/plan.h"

namespace invocator {

// An unsigned instance whose invocations are due after these gaps.
inline InstancePlan ListInstance(std::string name, std::vector<double> gaps_s,
                                 double duration_s) {
  InstancePlan instance;
  instance.name = std::move(name);
  instance.arrivals.kind = ArrivalKind::kList;
  instance.arrivals.stream = instance.name;
  instance.arrivals.duration_s = duration_s;
  instance.arrivals.window_end_s = duration_s;
  instance.arrivals.gaps_s = std::move(gaps_s);
  instance.endpoint = {"example.test", "/stage/" + instance.name, ""};
  return instance;
}

inline Plan PlanOf(std::vector<InstancePlan> instances, double duration_s) {
  Plan plan;
  plan.test_name = "test";
  plan.duration_s = duration_s;
  plan.seed = 1;
  plan.instances = std::move(instances);
  return plan;
}

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_PLANS_H_
