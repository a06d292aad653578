#include "common/plan/digest.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>

namespace invocator {
namespace {

// Vectors of the FNV page (isthe.com/chongo/tech/comp/fnv).
TEST(HashNameTest, IsFnv1a64) {
  EXPECT_EQ(HashName(""), 0xcbf29ce484222325);
  EXPECT_EQ(HashName("foobar"), 0x85944171f73967e8);
}

TEST(HashNameTest, BytesAbove127AreUnsigned) {
  EXPECT_EQ(HashName("\xff"), (0xcbf29ce484222325 ^ 0xff) * 0x100000001b3);
}

// SplitMix64 from seed 1234567, the vector its ports are tested with.
TEST(MixBitsTest, IsTheFinalizerOfSplitMix64) {
  EXPECT_EQ(MixBits(1234567 + 0x9e3779b97f4a7c15), 6457827717110365317u);
  EXPECT_EQ(MixBits(1234567 + 2 * 0x9e3779b97f4a7c15), 3203168211198807973u);
}

// By an independent implementation in Python. Workers of different versions
// meet in one fleet: a change here is a change of the protocol.
TEST(DigestTermTest, IsPinned) {
  const uint64_t instance1 = HashName("instance1");
  EXPECT_EQ(DigestTerm(instance1, 0, 0), 0xe522e0ef31527a3d);
  EXPECT_EQ(DigestTerm(instance1, 7, 123456789), 0xe6d639a0dafa98f5);
  EXPECT_EQ(DigestTerm(HashName("instance2"), 1, 5000000000),
            0x4846f2e7ae364ddu);
}

TEST(DigestTermTest, EveryPartOfTheKeyMatters) {
  std::set<uint64_t> terms;
  for (const char* name : {"a", "b", "ab"}) {
    for (uint64_t sequence = 0; sequence < 50; ++sequence) {
      for (int64_t scheduled_ns = 0; scheduled_ns < 50; ++scheduled_ns) {
        terms.insert(DigestTerm(HashName(name), sequence, scheduled_ns));
      }
    }
  }
  EXPECT_EQ(terms.size(), 3u * 50 * 50);
}

TEST(DigestTermTest, SwappedInstantsChangeTheSum) {
  const uint64_t a = HashName("a");
  EXPECT_NE(DigestTerm(a, 0, 10) + DigestTerm(a, 1, 20),
            DigestTerm(a, 0, 20) + DigestTerm(a, 1, 10));
}

}  // namespace
}  // namespace invocator
