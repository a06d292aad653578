#include "coordinator/refusal_watch.h"

#include <gtest/gtest.h>

namespace invocator {
namespace {

TEST(RefusalWatchTest, FiftyRefusalsAndNothingElseTripItAtTheNextReport) {
  RefusalWatch watch(true, 1);
  EXPECT_FALSE(watch.Add(0, 49, 49, true));
  EXPECT_FALSE(watch.Add(0, 1, 1, true));
  EXPECT_FALSE(watch.tripped());
  EXPECT_TRUE(watch.Add(0, 0, 0, true));
  EXPECT_TRUE(watch.tripped());
  EXPECT_EQ(watch.refused(), 50u);
  // It says so once.
  EXPECT_FALSE(watch.Add(0, 1, 1, true));
  EXPECT_TRUE(watch.tripped());
}

TEST(RefusalWatchTest, EveryWorkerIsHeardBeforeAnythingIsConcluded) {
  RefusalWatch watch(true, 3);
  EXPECT_FALSE(watch.Add(1, 0, 0, true));  // too early to count
  EXPECT_FALSE(watch.Add(0, 2'000, 2'000, true));
  EXPECT_FALSE(watch.Add(0, 2'000, 2'000, true));
  EXPECT_FALSE(watch.Add(2, 5, 5, true));
  EXPECT_FALSE(watch.tripped());
  EXPECT_TRUE(watch.Add(1, 0, 0, true));
}

TEST(RefusalWatchTest, AWorkerThatIsNotRefusedSpeaksForTheRun) {
  RefusalWatch watch(true, 2);
  EXPECT_FALSE(watch.Add(0, 79, 79, true));
  EXPECT_FALSE(watch.Add(1, 92, 0, true));
  EXPECT_FALSE(watch.Add(0, 79, 79, true));
  EXPECT_FALSE(watch.Add(1, 0, 0, true));
  EXPECT_FALSE(watch.tripped());
}

TEST(RefusalWatchTest, OneOtherOutcomeSettlesIt) {
  RefusalWatch watch(true, 1);
  EXPECT_FALSE(watch.Add(0, 1, 0, true));
  EXPECT_FALSE(watch.Add(0, 1'000, 1'000, true));
  EXPECT_FALSE(watch.Add(0, 1'000, 1'000, true));
  EXPECT_FALSE(watch.tripped());
}

TEST(RefusalWatchTest, OneThatIsOffNeverTrips) {
  RefusalWatch watch(false, 1);
  EXPECT_FALSE(watch.Add(0, 5'000, 5'000, true));
  EXPECT_FALSE(watch.Add(0, 5'000, 5'000, true));
  EXPECT_FALSE(watch.tripped());
}

TEST(RefusalWatchTest, WaitsForInstancesOfWhichNoneHasEnded) {
  RefusalWatch watch(/*on=*/true, /*workers=*/1);
  EXPECT_FALSE(watch.Add(0, 100, 100, /*of_all=*/false));
  EXPECT_FALSE(watch.Add(0, 100, 100, /*of_all=*/false));
  EXPECT_FALSE(watch.Add(0, 1, 0, /*of_all=*/true));
  EXPECT_FALSE(watch.Add(0, 100, 100, /*of_all=*/true));
}

}  // namespace
}  // namespace invocator
