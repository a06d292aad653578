// The statuses with which a stay in a fleet ends, other than those of the
// coordinator.
#ifndef INVOCATOR_WORKER_STAY_END_H_
#define INVOCATOR_WORKER_STAY_END_H_

#include <cstddef>

#include "absl/status/status.h"

namespace invocator {

// CANCELLED: before the start, so nothing was sent.
absl::Status AskedToStop();

// ABORTED: asked to stop before the start, with an assignment that, as far as
// the worker knows, no other worker takes.
absl::Status NotReplaced();

// ABORTED: calls were left unsent when the lease ended.
absl::Status LeaseEnded();

// UNAVAILABLE: absent for too long; `reports` were not delivered.
absl::Status CoordinatorGone(size_t reports);

// FAILED_PRECONDITION: the stream was closed with OK before Done.
absl::Status EndedEarly(bool assigned);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_STAY_END_H_
