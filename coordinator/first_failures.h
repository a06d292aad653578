// Keeps the earliest failed call that workers have reported, for every reason
// and for every reason within an instance, up to common/failure_kinds.h's
// limit.
//
// Pure; thread-compatible.
#ifndef INVOCATOR_COORDINATOR_FIRST_FAILURES_H_
#define INVOCATOR_COORDINATOR_FIRST_FAILURES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "absl/status/status.h"
#include "common/failure_kinds.h"
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

  // Keeps it if it is the earliest of a kind: the order in which they come
  // makes no difference. REQUIRES: it was checked.
  void Add(size_t worker, const wire::FailureSample& sample);

  const std::optional<Failure>& Of(Reason reason) const {
    return failures_[static_cast<size_t>(reason)];
  }
  // Calls visit(instance, reason, failure) in order of instance and reason. A
  // failure has only the beginning of its body.
  template <typename Visit>
  void ForEachOfInstances(Visit visit) const {
    for (const auto& [pair, failure] : of_pairs_) {
      visit(failure.sample.instance(),
            static_cast<Reason>(failure.sample.reason()), failure);
    }
  }

 private:
  FailureKinds kinds_;
  std::array<std::optional<Failure>, kReasons> failures_;
  std::map<uint64_t, Failure> of_pairs_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FIRST_FAILURES_H_
