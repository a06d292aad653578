// Selects the invocations that are reported as records: a function of seed,
// instance and sequence, so the same on both sides and for any fleet. Pure.
#ifndef INVOCATOR_COMMON_PLAN_SAMPLING_H_
#define INVOCATOR_COMMON_PLAN_SAMPLING_H_

#include <cstdint>

#include "common/plan/digest.h"

namespace invocator {

// `ratio`: share of invocations in the sample, 0 .. 1. `name_hash`: HashName of
// the instance's name.
inline bool IsSampled(uint64_t name_hash, uint32_t seed, uint64_t sequence,
                      double ratio) {
  if (ratio >= 1) return true;
  if (ratio <= 0) return false;
  const uint64_t bits = MixBits(MixBits(name_hash ^ seed) + sequence);
  return static_cast<double>(bits >> 11) * 0x1p-53 < ratio;
}

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PLAN_SAMPLING_H_
