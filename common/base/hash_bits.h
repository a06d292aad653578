// Hash functions with the same value on every machine.
#ifndef INVOCATOR_COMMON_BASE_HASH_BITS_H_
#define INVOCATOR_COMMON_BASE_HASH_BITS_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace invocator {

// 64-bit FNV-1a.
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

}  // namespace invocator

#endif  // INVOCATOR_COMMON_BASE_HASH_BITS_H_
