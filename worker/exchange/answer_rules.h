// Rules to judge an instance's answers by: expected statuses and the source of
// cold starts. Plain value; borrows both from the plan, which must outlive it.
#ifndef INVOCATOR_WORKER_EXCHANGE_ANSWER_RULES_H_
#define INVOCATOR_WORKER_EXCHANGE_ANSWER_RULES_H_

#include <algorithm>
#include <cstdint>

#include "absl/types/span.h"
#include "common/plan/cold_start.h"

namespace invocator {

struct AnswerRules {
  const ColdStartSource* cold_start_source = nullptr;  // null: none
  // As InstancePlan::expected_statuses: ascending; empty: 2xx.
  absl::Span<const uint16_t> expected_statuses = {};

  bool Expects(uint16_t status) const {
    if (expected_statuses.empty()) return status >= 200 && status < 300;
    return std::binary_search(expected_statuses.begin(),
                              expected_statuses.end(), status);
  }
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_EXCHANGE_ANSWER_RULES_H_
