// Selects the failures to keep: the earliest of every reason, and the earliest
// of every pair of instance and reason. Pairs are limited: those of the plan's
// first instances win. The order of arrival makes no difference.
//
// Thread-compatible. A failure that is not kept costs two look-ups.
#ifndef INVOCATOR_COMMON_RESULT_FAILURE_KINDS_H_
#define INVOCATOR_COMMON_RESULT_FAILURE_KINDS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <tuple>

#include "common/result/reason.h"

namespace invocator {

class FailureKinds {
 public:
  static constexpr size_t kMaxPairs = 1000;

  // The failed call; ordered by time.
  struct Call {
    int64_t scheduled_ns = std::numeric_limits<int64_t>::max();
    uint32_t instance = 0;
    uint64_t sequence = 0;

    bool operator<(const Call& other) const {
      return std::tie(scheduled_ns, instance, sequence) <
             std::tie(other.scheduled_ns, other.instance, other.sequence);
    }
  };
  // A pair of instance and reason, ordered by instance.
  static uint64_t Pair(uint32_t instance, Reason reason) {
    return uint64_t{instance} * kReasons + static_cast<uint64_t>(reason);
  }

  // The kinds of which a failure is the earliest so far.
  struct News {
    bool of_reason = false;
    bool of_pair = false;

    bool any() const { return of_reason || of_pair; }
  };
  News Add(Reason reason, const Call& call) {
    News news;
    Call& earliest = of_reasons_[static_cast<size_t>(reason)];
    if (call < earliest) {
      earliest = call;
      news.of_reason = true;
    }
    const uint64_t pair = Pair(call.instance, reason);
    const auto found = of_pairs_.find(pair);
    if (found != of_pairs_.end()) {
      if (call < found->second) {
        found->second = call;
        news.of_pair = true;
      }
      return news;
    }
    if (of_pairs_.size() == kMaxPairs) {
      const auto last = std::prev(of_pairs_.end());
      if (last->first < pair) return news;
      of_pairs_.erase(last);
    }
    of_pairs_.emplace(pair, call);
    news.of_pair = true;
    return news;
  }

 private:
  std::array<Call, kReasons> of_reasons_;
  std::map<uint64_t, Call> of_pairs_;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_RESULT_FAILURE_KINDS_H_
