// Keeps the earliest failed call of each reason, and of each reason within each
// instance, up to the limit in common/result/failure_kinds.h.
//
// Pure; thread-compatible.
#ifndef INVOCATOR_COORDINATOR_BOOKS_FIRST_FAILURES_H_
#define INVOCATOR_COORDINATOR_BOOKS_FIRST_FAILURES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "absl/status/status.h"
#include "common/result/failure_kinds.h"
#include "common/result/reason.h"
#include "proto/fleet.pb.h"

namespace invocator {

class FirstFailures {
 public:
  struct Failure {
    wire::FailureSample sample;
    size_t worker = 0;
  };

  // INVALID_ARGUMENT for a sample that breaks the protocol. `instances`: number
  // of them in the plan.
  static absl::Status Check(const wire::FailureSample& sample,
                            size_t instances);

  // Keeps the sample if it is the earliest of its kind; the order of calls
  // makes no difference. REQUIRES: Check accepts it.
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

#endif  // INVOCATOR_COORDINATOR_BOOKS_FIRST_FAILURES_H_
