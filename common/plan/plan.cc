#include "common/plan/plan.h"

#include <algorithm>
#include <cmath>

namespace invocator {

bool NeedsCredentials(const Plan& plan) {
  return std::any_of(
      plan.instances.begin(), plan.instances.end(),
      [](const InstancePlan& i) { return i.signing.has_value(); });
}

int64_t Plan::WarmupNs() const { return std::llround(warmup_s * 1e9); }

}  // namespace invocator
