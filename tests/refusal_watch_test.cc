#include "coordinator/refusal_watch.h"

#include <gtest/gtest.h>

namespace invocator {
namespace {

TEST(RefusalWatchTest, FiftyRefusalsAndNothingElseTripIt) {
  RefusalWatch watch(true);
  EXPECT_FALSE(watch.Add(49, 49));
  EXPECT_FALSE(watch.tripped());
  EXPECT_TRUE(watch.Add(1, 1));
  EXPECT_TRUE(watch.tripped());
  EXPECT_EQ(watch.refused(), 50u);
  // It says so once.
  EXPECT_FALSE(watch.Add(1, 1));
  EXPECT_TRUE(watch.tripped());
}

TEST(RefusalWatchTest, MoreThanFiftyAtOnceAreLookedAtTogether) {
  RefusalWatch refused(true), mixed(true);
  EXPECT_TRUE(refused.Add(2'000, 2'000));
  EXPECT_FALSE(mixed.Add(2'000, 1'999));
  EXPECT_FALSE(mixed.Add(2'000, 2'000));
}

TEST(RefusalWatchTest, OneOtherOutcomeSettlesIt) {
  RefusalWatch watch(true);
  EXPECT_FALSE(watch.Add(1, 0));
  EXPECT_FALSE(watch.Add(1'000, 1'000));
  EXPECT_FALSE(watch.tripped());
}

TEST(RefusalWatchTest, NothingIsNoRefusal) {
  RefusalWatch watch(true);
  EXPECT_FALSE(watch.Add(0, 0));
  EXPECT_TRUE(watch.Add(50, 50));
}

TEST(RefusalWatchTest, OneThatIsOffNeverTrips) {
  RefusalWatch watch(false);
  EXPECT_FALSE(watch.Add(5'000, 5'000));
  EXPECT_FALSE(watch.tripped());
}

}  // namespace
}  // namespace invocator
