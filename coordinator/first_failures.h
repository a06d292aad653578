// Of every reason the earliest answer that any worker has told of.
//
// Pure; thread-compatible.
#ifndef INVOCATOR_COORDINATOR_FIRST_FAILURES_H_
#define INVOCATOR_COORDINATOR_FIRST_FAILURES_H_

#include <array>
#include <cstddef>
#include <optional>

#include "absl/status/status.h"
#include "common/reason.h"
#include "proto/fleet.pb.h"

namespace invocator {

class FirstFailures {
 public:
  struct Failure {
    wire::FailureSample sample;
    size_t worker = 0;
  };

  // INVALID_ARGUMENT for what no worker of ours would send, of a plan with so
  // many instances.
  static absl::Status Check(const wire::FailureSample& sample,
                            size_t instances);

  // Keeps it if it is the earliest of its reason: the order in which they come
  // makes no difference. REQUIRES: it was checked.
  void Add(size_t worker, const wire::FailureSample& sample);

  const std::optional<Failure>& Of(Reason reason) const {
    return failures_[static_cast<size_t>(reason)];
  }

 private:
  std::array<std::optional<Failure>, kReasons> failures_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FIRST_FAILURES_H_
