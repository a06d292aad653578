#include "common/plan/plan.h"

#include <algorithm>

namespace invocator {

bool NeedsCredentials(const Plan& plan) {
  return std::any_of(
      plan.instances.begin(), plan.instances.end(),
      [](const InstancePlan& i) { return i.signing.has_value(); });
}

}  // namespace invocator
