#include "common/arrivals/rng.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "common/arrivals/portable_log.h"
#include "common/plan/digest.h"

namespace invocator {
namespace {

template <typename Rng>
double NthUniform(Rng rng, int n) {
  double last = 0;
  for (int i = 0; i < n; ++i) last = rng.Uniform();
  return last;
}

// Words of an independent implementation in Python, which reproduces the
// published vectors of SplitMix64 (seed 1234567: 6457827717110365317, ...) and
// xoshiro256++ (state 1, 2, 3, 4: 41943041, 58720359, 3588806011781223, ...):
//   x = mix(fnv1a(name) + seed * 0x9e3779b97f4a7c15)
//   state = [mix(x + i * 0x9e3779b97f4a7c15) for i in (1, 2, 3, 4)]
TEST(StreamRngTest, WordsAreThoseOfAnIndependentImplementation) {
  struct Case {
    uint32_t seed;
    absl::string_view name;
    uint64_t first, second, thousandth;
  };
  for (const Case& c : std::vector<Case>{
           {100, "instance1", 0x468494c0b3f2fad, 0x736405dcd895fd09,
            0x6c6910ead7e7868c},
           {100, "instance2", 0x4c793949ef53f05a, 0x80d8f04da7b84e5b,
            0x1743ee10d5f039b2},
           {0, "", 0x95be9dc87375c7db, 0xa28755878f9417b0, 0x4cbde73b76cefde7},
           {4294967295, "a", 0xddea0ff76f1ccee, 0x7c68098699b4bb0f,
            0x6c7ef54b86029a6b}}) {
    StreamRng rng(c.seed, c.name);
    EXPECT_EQ(rng.Next(), c.first) << c.name;
    EXPECT_EQ(rng.Next(), c.second) << c.name;
    for (int i = 3; i < 1000; ++i) rng.Next();
    EXPECT_EQ(rng.Next(), c.thousandth) << c.name;
  }
}

TEST(StreamRngTest, UniformIsTheTop53BitsOfTheWord) {
  EXPECT_EQ(StreamRng(100, "instance1").Uniform(), 0x1.1a125302cfca0p-6);
}

TEST(StreamRngTest, SeedAndNameBothChooseTheStream) {
  EXPECT_EQ(StreamRng(1, "a"), StreamRng(1, "a"));
  EXPECT_NE(StreamRng(1, "a"), StreamRng(2, "a"));
  EXPECT_NE(StreamRng(1, "a"), StreamRng(1, "b"));
}

struct MtCase {
  uint32_t seed;
  double first, second, thousandth;
};

// numpy.random.seed(s); [x.hex() for x in numpy.random.random_sample(1000)]
TEST(Mt19937Test, UniformEqualsNumpysLegacyGenerator) {
  for (const MtCase& c :
       std::vector<MtCase>{{0, 0x1.18fe1565f12a8p-1, 0x1.6e2d4cf608733p-1,
                            0x1.5ab23e79781c2p-1},
                           {1, 0x1.ab07d0ffa3c06p-2, 0x1.70ce5f3baf051p-1,
                            0x1.8c8848c20f7e2p-1},
                           {100, 0x1.16392c2af436cp-1, 0x1.1d0cdd34bdefap-2,
                            0x1.32284dbc8f2dbp-1},
                           {4294967295, 0x1.8fe69a3924820p-4,
                            0x1.d323d824032b1p-1, 0x1.1cfe321a42891p-1}}) {
    const Mt19937 rng = Mt19937::SeededLikeNumpy(c.seed);
    EXPECT_EQ(NthUniform(rng, 1), c.first) << c.seed;
    EXPECT_EQ(NthUniform(rng, 2), c.second) << c.seed;
    EXPECT_EQ(NthUniform(rng, 1000), c.thousandth) << c.seed;
  }
}

// random.seed(s); [random.random().hex() for _ in range(1000)]
TEST(Mt19937Test, UniformEqualsPythonsRandom) {
  for (const MtCase& c :
       std::vector<MtCase>{{0, 0x1.b0580f98a7dbep-1, 0x1.84129978f9c1ap-1,
                            0x1.ebf1437477ccep-2},
                           {1, 0x1.132d8f91b7584p-3, 0x1.b1e2d5b3584f8p-1,
                            0x1.699b1d0fc4300p-1},
                           {100, 0x1.2a54a475a3ad8p-3, 0x1.d1d86279d1e2ap-2,
                            0x1.907eab17d5c10p-5},
                           {4294967295, 0x1.454d9227a7013p-1,
                            0x1.a0274a3720bf8p-3, 0x1.492df3ceb45eep-2}}) {
    const Mt19937 rng = Mt19937::SeededLikePython(c.seed);
    EXPECT_EQ(NthUniform(rng, 1), c.first) << c.seed;
    EXPECT_EQ(NthUniform(rng, 2), c.second) << c.seed;
    EXPECT_EQ(NthUniform(rng, 1000), c.thousandth) << c.seed;
  }
}

double UlpsApart(double a, long double exact) {
  const double magnitude = std::abs(static_cast<double>(exact));
  const double ulp =
      std::nextafter(magnitude, std::numeric_limits<double>::infinity()) -
      magnitude;
  return static_cast<double>(std::abs(a - exact) / ulp);
}

TEST(PortableLogTest, IsWithinOneUlpOfTheExactLogarithm) {
  if (std::numeric_limits<long double>::digits < 64) {
    GTEST_SKIP() << "long double is no wider than double here";
  }
  StreamRng rng(7, "log");
  for (int i = 0; i < 1'000'000; ++i) {
    // All magnitudes of 1 - u and of u.
    const double u = std::ldexp(rng.Uniform(), -(i % 54));
    for (double x : {1 - u, u}) {
      if (x < 0x1p-1000) continue;
      ASSERT_LE(
          UlpsApart(PortableLog(x), std::log(static_cast<long double>(x))), 1)
          << x;
    }
  }
}

TEST(PortableLogTest, EdgesOfTheUnitInterval) {
  EXPECT_EQ(PortableLog(1), 0);
  EXPECT_EQ(PortableLog(1 - 0x1p-53), -0x1.0000000000000p-53);
  EXPECT_EQ(PortableLog(0x1p-53), -0x1.25e4f7b2737fap+5);  // 53 ln 2
}

}  // namespace
}  // namespace invocator
