#include "coordinator/books/refusal_watch.h"

#include <gtest/gtest.h>

namespace invocator {
namespace {

bool NoneIsSilent(size_t) { return false; }

TEST(RefusalWatchTest, FiftyRefusalsAndNothingElseTripItAtTheNextReport) {
  RefusalWatch watch(true, 1);
  watch.Add(0, 49, 49, true);
  watch.Add(0, 1, 1, true);
  EXPECT_FALSE(watch.Trip(NoneIsSilent));
  watch.Add(0, 0, 0, true);
  EXPECT_FALSE(watch.tripped());
  EXPECT_TRUE(watch.Trip(NoneIsSilent));
  EXPECT_TRUE(watch.tripped());
  EXPECT_EQ(watch.refused(), 50u);
  // It says so once.
  watch.Add(0, 1, 1, true);
  EXPECT_FALSE(watch.Trip(NoneIsSilent));
  EXPECT_TRUE(watch.tripped());
}

TEST(RefusalWatchTest, EveryWorkerIsHeardBeforeAnythingIsConcluded) {
  RefusalWatch watch(true, 3);
  watch.Add(1, 0, 0, true);  // too early to count
  watch.Add(0, 2'000, 2'000, true);
  watch.Add(0, 2'000, 2'000, true);
  watch.Add(2, 5, 5, true);
  EXPECT_FALSE(watch.Trip(NoneIsSilent));
  watch.Add(1, 0, 0, true);
  EXPECT_TRUE(watch.Trip(NoneIsSilent));
}

TEST(RefusalWatchTest, WhoIsSilentIsNotWaitedFor) {
  RefusalWatch watch(true, 2);
  watch.Add(0, 60, 60, true);
  const auto second = [](size_t worker) { return worker == 1; };
  EXPECT_FALSE(watch.Trip(second));  // the first may have news yet
  watch.Add(0, 0, 0, true);
  EXPECT_FALSE(watch.Trip(NoneIsSilent));
  EXPECT_TRUE(watch.Trip(second));
}

TEST(RefusalWatchTest, WhereAllAreSilentThereIsNothingToStop) {
  RefusalWatch watch(true, 1);
  watch.Add(0, 60, 60, true);
  EXPECT_FALSE(watch.Trip([](size_t) { return true; }));
}

TEST(RefusalWatchTest, AWorkerThatIsNotRefusedSpeaksForTheRun) {
  RefusalWatch watch(true, 2);
  watch.Add(0, 79, 79, true);
  watch.Add(1, 92, 0, true);
  watch.Add(0, 79, 79, true);
  watch.Add(1, 0, 0, true);
  EXPECT_FALSE(watch.Trip(NoneIsSilent));
}

TEST(RefusalWatchTest, OneOtherOutcomeSettlesIt) {
  RefusalWatch watch(true, 1);
  watch.Add(0, 1, 0, true);
  watch.Add(0, 1'000, 1'000, true);
  watch.Add(0, 1'000, 1'000, true);
  EXPECT_FALSE(watch.Trip(NoneIsSilent));
}

TEST(RefusalWatchTest, OneThatIsOffNeverTrips) {
  RefusalWatch watch(false, 1);
  watch.Add(0, 5'000, 5'000, true);
  watch.Add(0, 5'000, 5'000, true);
  EXPECT_FALSE(watch.Trip(NoneIsSilent));
}

TEST(RefusalWatchTest, WaitsForInstancesOfWhichNoneHasEnded) {
  RefusalWatch watch(/*on=*/true, /*workers=*/1);
  watch.Add(0, 100, 100, /*of_all=*/false);
  watch.Add(0, 100, 100, /*of_all=*/false);
  EXPECT_FALSE(watch.Trip(NoneIsSilent));
  watch.Add(0, 1, 0, /*of_all=*/true);
  watch.Add(0, 100, 100, /*of_all=*/true);
  EXPECT_FALSE(watch.Trip(NoneIsSilent));
}

}  // namespace
}  // namespace invocator
