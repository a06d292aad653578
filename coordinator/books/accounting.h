// The books: every planned invocation is accounted for. Pure.
#ifndef INVOCATOR_COORDINATOR_BOOKS_ACCOUNTING_H_
#define INVOCATOR_COORDINATOR_BOOKS_ACCOUNTING_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/result/totals.h"

namespace invocator {

// An engine that stops early leaves the rest of its schedule untouched; that
// rest was not sent. Makes `totals.unsent` whole where that is the case.
// Returns how many were added.
uint64_t CountUntouched(Totals& totals);

// What does not add up, in words that begin with `what`; empty when planned =
// sent + dropped + unsent, sent = sum of outcomes, and, if everything was sent
// and nothing lost, both digests are equal.
std::vector<std::string> CheckBooks(absl::string_view what,
                                    const Totals& totals);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_BOOKS_ACCOUNTING_H_
