// Checks that every planned invocation is accounted for. Pure.
#ifndef INVOCATOR_COORDINATOR_BOOKS_ACCOUNTING_H_
#define INVOCATOR_COORDINATOR_BOOKS_ACCOUNTING_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/result/totals.h"

namespace invocator {

// Adds to `totals.unsent` the rest of the schedule that engines left untouched
// because they stopped early. Returns the number of invocations added.
uint64_t CountUntouched(Totals& totals);

// Discrepancies, in words that begin with `what`. Empty when planned = sent +
// dropped + unsent, sent = sum of outcomes, and, if everything was sent and
// nothing lost, both digests are equal.
std::vector<std::string> CheckBooks(absl::string_view what,
                                    const Totals& totals);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_BOOKS_ACCOUNTING_H_
