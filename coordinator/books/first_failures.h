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

#include "common/result/failure_kinds.h"
#include "common/result/failure_sample.h"
#include "common/result/reason.h"

namespace invocator {

class FirstFailures {
 public:
  struct Failure {
    FailureSample sample;
    size_t worker = 0;
  };

  // Keeps the sample if it is the earliest of its kind; the order of calls
  // makes no difference.
  void Add(size_t worker, FailureSample sample);

  const std::optional<Failure>& Of(Reason reason) const {
    return failures_[static_cast<size_t>(reason)];
  }
  // Calls visit(instance, reason, failure) in order of instance and reason. A
  // failure has only the beginning of its body.
  template <typename Visit>
  void ForEachOfInstances(Visit visit) const {
    for (const auto& [pair, failure] : of_pairs_) {
      visit(failure.sample.instance, failure.sample.reason, failure);
    }
  }

 private:
  FailureKinds kinds_;
  std::array<std::optional<Failure>, kReasons> failures_;
  std::map<uint64_t, Failure> of_pairs_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_BOOKS_FIRST_FAILURES_H_
