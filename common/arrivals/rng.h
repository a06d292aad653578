// Random number generators with the same bits for a seed on every machine,
// which the standard library's distributions do not promise. Thread-compatible.
#ifndef INVOCATOR_COMMON_ARRIVALS_RNG_H_
#define INVOCATOR_COMMON_ARRIVALS_RNG_H_

#include <array>
#include <bit>
#include <cstdint>
#include <random>

#include "absl/strings/string_view.h"

namespace invocator {

// One independent stream per (seed, name). xoshiro256++ by Blackman and Vigna
// (prng.di.unimi.it, public domain), its state filled by SplitMix64 as they
// recommend.
class StreamRng {
 public:
  StreamRng(uint32_t seed, absl::string_view name);

  uint64_t Next() {
    const uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  // In [0, 1), a multiple of 2^-53.
  double Uniform() { return static_cast<double>(Next() >> 11) * 0x1p-53; }

  friend bool operator==(const StreamRng&, const StreamRng&) = default;

 private:
  std::array<uint64_t, 4> state_;
};

// MT19937 as numpy's legacy generator and CPython's random run it (Matsumoto
// and Nishimura, mt19937ar). The recurrence is the standard library's, which
// the C++ standard defines bit for bit; seeding differs between the two.
class Mt19937 {
 public:
  // numpy.random.seed(seed), that is init_genrand.
  static Mt19937 SeededLikeNumpy(uint32_t seed);
  // random.seed(seed), that is init_by_array of one word.
  static Mt19937 SeededLikePython(uint32_t seed);

  uint32_t Next() { return static_cast<uint32_t>(engine_()); }

  // In [0, 1) with 53 bits, as both libraries make it (genrand_res53).
  double Uniform() {
    const uint32_t high = Next() >> 5;
    const uint32_t low = Next() >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
  }

 private:
  explicit Mt19937(const std::mt19937& engine) : engine_(engine) {}

  std::mt19937 engine_;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_ARRIVALS_RNG_H_
