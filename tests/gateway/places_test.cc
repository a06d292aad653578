#include "gateway/places.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace invocator {
namespace {

// Serves a call that comes at that instant; its start, or nullopt.
std::optional<int64_t> Call(Places& places, int64_t now_ns, int64_t takes_ns) {
  const std::optional<int64_t> start_ns = places.StartOfNext(now_ns);
  if (start_ns) places.Serve(*start_ns, *start_ns + takes_ns);
  return start_ns;
}

TEST(PlacesTest, WithoutALineACallThatFindsAllBusyIsRefused) {
  Places places(/*places=*/2, /*line=*/0);
  EXPECT_EQ(Call(places, 0, 100), 0);
  EXPECT_EQ(Call(places, 10, 50), 10);
  EXPECT_EQ(Call(places, 59, 1), std::nullopt);
  EXPECT_EQ(Call(places, 60, 100), 60) << "the second has just ended";
  EXPECT_EQ(Call(places, 99, 1), std::nullopt);
  EXPECT_EQ(Call(places, 100, 1), 100);
}

TEST(PlacesTest, RefusedCallTakesNoPlace) {
  Places places(/*places=*/1, /*line=*/0);
  EXPECT_EQ(Call(places, 0, 10), 0);
  for (int i = 1; i < 10; ++i) EXPECT_EQ(Call(places, i, 1000), std::nullopt);
  EXPECT_EQ(Call(places, 10, 10), 10);
}

TEST(PlacesTest, WaitingCallsAreServedInTheirOrder) {
  Places places(/*places=*/2, /*line=*/10);
  EXPECT_EQ(Call(places, 0, 100), 0);
  EXPECT_EQ(Call(places, 1, 30), 1);
  EXPECT_EQ(Call(places, 2, 5), 31);    // behind the second
  EXPECT_EQ(Call(places, 3, 200), 36);  // behind the one before it
  EXPECT_EQ(Call(places, 4, 1), 100);   // behind the first
  EXPECT_EQ(Call(places, 5, 1), 101);
}

TEST(PlacesTest, LineHoldsAsManyAsItSaysUntilTheirServiceBegins) {
  Places places(/*places=*/1, /*line=*/2);
  EXPECT_EQ(Call(places, 0, 10), 0);
  EXPECT_EQ(Call(places, 0, 10), 10);
  EXPECT_EQ(Call(places, 0, 10), 20);
  EXPECT_EQ(Call(places, 9, 10), std::nullopt);
  EXPECT_EQ(Call(places, 10, 10), 30);
  EXPECT_EQ(Call(places, 10, 10), std::nullopt);
}

TEST(PlacesTest, CallThatTakesNoTimeLeavesItsPlaceFree) {
  Places places(/*places=*/1, /*line=*/0);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Call(places, 7, 0), 7);
}

TEST(PlacesTest, LongestLineOfTheLongestCallsIsWithinTheClock) {
  constexpr int64_t kLongest = (24 * 60 + 15) * 60'000'000'000;
  constexpr int64_t kUptime = int64_t{365} * 24 * 3600 * 1'000'000'000;
  Places places(/*places=*/1, kMaxLine);
  int64_t start_ns = 0;
  for (size_t i = 0; i <= kMaxLine; ++i) {
    const auto start = Call(places, kUptime, kLongest);
    ASSERT_TRUE(start);
    ASSERT_GE(*start, start_ns);
    start_ns = *start;
  }
  EXPECT_EQ(Call(places, kUptime, kLongest), std::nullopt);
}

}  // namespace
}  // namespace invocator
