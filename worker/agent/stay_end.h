// Statuses with which a worker itself ends its membership.
#ifndef INVOCATOR_WORKER_AGENT_STAY_END_H_
#define INVOCATOR_WORKER_AGENT_STAY_END_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace invocator {

// CANCELLED: asked to stop before the start, so nothing was sent.
absl::Status AskedToStop();

// ABORTED: asked to stop before the start. As far as the worker knows, no other
// worker takes its assignment.
absl::Status NotReplaced();

// ABORTED: calls were left unsent when the lease ended.
absl::Status LeaseEnded();

// UNAVAILABLE: cut off for too long; `reports` were not delivered.
absl::Status CoordinatorGone(size_t reports);

// FAILED_PRECONDITION: the stream was closed with OK before Done.
absl::Status EndedEarly(bool assigned);

// INVALID_ARGUMENT: the coordinator sent `message` ("Start") out of order.
absl::Status OutOfOrder(absl::string_view message);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_AGENT_STAY_END_H_
