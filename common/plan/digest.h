// The schedule digest: an order-free 64-bit sum over hashes of (instance,
// sequence, scheduled_ns). Sums of shares add up to the sum of the whole, so
// equal digests of plan and sends prove that exactly the plan was sent.
#ifndef INVOCATOR_COMMON_PLAN_DIGEST_H_
#define INVOCATOR_COMMON_PLAN_DIGEST_H_

#include <cstdint>

#include "common/base/hash_bits.h"

namespace invocator {

// One invocation's term of the sum; `name_hash` is HashName(instance name).
constexpr uint64_t DigestTerm(uint64_t name_hash, uint64_t sequence,
                              int64_t scheduled_ns) {
  return MixBits(MixBits(name_hash + sequence * 0x9e3779b97f4a7c15) +
                 static_cast<uint64_t>(scheduled_ns));
}

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PLAN_DIGEST_H_
