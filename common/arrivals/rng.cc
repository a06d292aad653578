#include "common/arrivals/rng.h"

#include <algorithm>

#include "common/base/hash_bits.h"

namespace invocator {
namespace {

constexpr uint64_t kGoldenGamma = 0x9e3779b97f4a7c15;  // SplitMix64's step
constexpr uint32_t kMtWords = 624;

// The state init_by_array leaves for a key of one word, handed to the standard
// engine as a seed sequence: the engine takes its words unchanged.
class PythonSeedSequence {
 public:
  using result_type = uint32_t;

  explicit PythonSeedSequence(uint32_t key) {
    words_[0] = 19650218;
    for (uint32_t i = 1; i < kMtWords; ++i) {
      words_[i] = 1812433253 * Folded(i - 1) + i;
    }
    uint32_t i = 1;
    for (uint32_t round = 0; round < kMtWords; ++round) {
      words_[i] = (words_[i] ^ (Folded(i - 1) * 1664525)) + key;
      i = Following(i);
    }
    for (uint32_t round = 0; round < kMtWords - 1; ++round) {
      words_[i] = (words_[i] ^ (Folded(i - 1) * 1566083941)) - i;
      i = Following(i);
    }
    words_[0] = 0x80000000;
  }

  template <typename Iterator>
  void generate(Iterator begin, Iterator end) const {
    std::copy_n(words_.begin(), end - begin, begin);
  }

 private:
  uint32_t Folded(uint32_t i) const { return words_[i] ^ (words_[i] >> 30); }

  uint32_t Following(uint32_t i) {
    if (i + 1 < kMtWords) return i + 1;
    words_[0] = words_[kMtWords - 1];
    return 1;
  }

  std::array<uint32_t, kMtWords> words_;
};

}  // namespace

StreamRng::StreamRng(uint32_t seed, absl::string_view name) {
  uint64_t x = MixBits(HashName(name) + seed * kGoldenGamma);
  for (uint64_t& word : state_) {
    x += kGoldenGamma;
    word = MixBits(x);
  }
}

Mt19937 Mt19937::SeededLikeNumpy(uint32_t seed) {
  return Mt19937(std::mt19937(seed));
}

Mt19937 Mt19937::SeededLikePython(uint32_t seed) {
  PythonSeedSequence sequence(seed);
  return Mt19937(std::mt19937(sequence));
}

}  // namespace invocator
