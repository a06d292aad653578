// A share: the part of one instance that one worker or engine plays.
// Invocation i of the instance belongs to it iff i mod count == index.
#ifndef INVOCATOR_COMMON_PLAN_SHARE_H_
#define INVOCATOR_COMMON_PLAN_SHARE_H_

#include <cstddef>
#include <cstdint>

namespace invocator {

struct Share {
  size_t instance = 0;  // index into Plan::instances
  uint64_t index = 0;   // < count
  uint64_t count = 1;   // > 0

  bool Owns(uint64_t sequence) const { return sequence % count == index; }

  // The part-th of `parts` equal stripes of this share.
  Share Stripe(uint64_t part, uint64_t parts) const {
    return {instance, index + count * part, count * parts};
  }

  friend bool operator==(const Share&, const Share&) = default;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PLAN_SHARE_H_
