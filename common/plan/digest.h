// The schedule digest: an order-free 64-bit sum over hashes of (instance,
// sequence, scheduled_ns). Sums of shares add up to the sum of the whole, so
// equal digests of plan and sends prove that exactly the plan was sent.
#ifndef INVOCATOR_COMMON_PLAN_DIGEST_H_
#define INVOCATOR_COMMON_PLAN_DIGEST_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace invocator {

// 64-bit FNV-1a, the same on every machine.
constexpr uint64_t HashName(absl::string_view name) {
  uint64_t hash = 0xcbf29ce484222325;
  for (char c : name) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return hash;
}

// SplitMix64's finalizer: a bijection in which every input bit reaches every
// output bit. Source: Steele, Lea, Flood, OOPSLA 2014.
constexpr uint64_t MixBits(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// One invocation's term of the sum; `name_hash` is HashName(instance name).
constexpr uint64_t DigestTerm(uint64_t name_hash, uint64_t sequence,
                              int64_t scheduled_ns) {
  return MixBits(MixBits(name_hash + sequence * 0x9e3779b97f4a7c15) +
                 static_cast<uint64_t>(scheduled_ns));
}

}  // namespace invocator

#endif  // INVOCATOR_COMMON_PLAN_DIGEST_H_
