#include "coordinator/trace/function_pick.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace invocator {
namespace {

using ::testing::ElementsAre;

std::vector<SeenFunction> Functions(const std::vector<uint64_t>& calls) {
  std::vector<SeenFunction> functions(calls.size());
  for (size_t i = 0; i < calls.size(); ++i) functions[i].calls = calls[i];
  return functions;
}

std::vector<uint32_t> Pick(const FunctionPick& pick,
                           const std::vector<uint64_t>& calls) {
  return PickFunctions(pick, Functions(calls)).value();
}

TEST(FunctionPick, BusiestAreThoseWithMostCallsTiesByAppearance) {
  EXPECT_THAT(Pick({.functions = 3}, {5, 0, 9, 5, 1}), ElementsAre(2, 0, 3));
}

TEST(FunctionPick, FunctionsWithoutCallsAreNeverChosen) {
  for (const PickKind kind : {PickKind::kBusiest, PickKind::kRandom}) {
    EXPECT_THAT(Pick({.kind = kind, .functions = 9}, {0, 3, 0, 7}),
                ElementsAre(3, 1));
  }
}

TEST(FunctionPick, RandomIsAUniformSampleThatTheSeedRepeats) {
  constexpr int kSeeds = 4'000;
  constexpr size_t kFunctions = 10;
  const std::vector<uint64_t> calls(kFunctions, 1);
  std::vector<int> chosen(kFunctions);
  for (uint32_t seed = 0; seed < kSeeds; ++seed) {
    const FunctionPick pick = {
        .kind = PickKind::kRandom, .functions = 3, .seed = seed};
    const std::vector<uint32_t> sample = Pick(pick, calls);
    ASSERT_EQ(sample.size(), 3);
    ASSERT_EQ(std::adjacent_find(sample.begin(), sample.end()), sample.end());
    ASSERT_EQ(Pick(pick, calls), sample);
    for (const uint32_t function : sample) ++chosen[function];
  }
  // Binomial: 1,200 each; five standard deviations.
  const double sd = std::sqrt(kSeeds * 0.3 * 0.7);
  for (const int times : chosen) EXPECT_NEAR(times, 1'200, 5 * sd);
}

TEST(FunctionPick, RowsKeepTheirOrder) {
  FunctionPick pick;
  ASSERT_TRUE(ParsePick("4,1", pick).ok());
  EXPECT_THAT(Pick(pick, {5, 0, 9, 6}), ElementsAre(3, 0));
  ASSERT_TRUE(ParsePick("1,2", pick).ok());
  EXPECT_EQ(PickFunctions(pick, Functions({5, 0, 9, 6})).status().message(),
            "--pick \"2\": this function has no calls in the window of --start "
            "and --minutes");
  ASSERT_TRUE(ParsePick("5", pick).ok());
  EXPECT_EQ(PickFunctions(pick, Functions({5, 0, 9, 6})).status().message(),
            "--pick \"5\": the trace has 4 functions");
}

TEST(FunctionPick, OtherTextIsRefused) {
  for (const char* text : {"", "0", "1,", ",1", "-1", "1.5", "most", "1;2",
                           "1,1", "99999999999"}) {
    FunctionPick pick;
    EXPECT_FALSE(ParsePick(text, pick).ok()) << text;
  }
}

}  // namespace
}  // namespace invocator
