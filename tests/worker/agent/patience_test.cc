#include "worker/agent/patience.h"

#include <gtest/gtest.h>

namespace invocator {
namespace {

TEST(PatienceTest, NothingIsAwaitedAtFirst) {
  const Patience patience;
  EXPECT_FALSE(patience.awaits_anything());
  EXPECT_FALSE(patience.IsOver(INT64_MAX - 1));
}

TEST(PatienceTest, EndsAtItsTimeAndSaysWhatDidNotCome) {
  Patience patience;
  patience.Await("to start", absl::Nanoseconds(100), 1'000);
  EXPECT_TRUE(patience.awaits_anything());
  EXPECT_EQ(patience.deadline_ns(), 1'100);
  EXPECT_FALSE(patience.IsOver(1'099));
  EXPECT_TRUE(patience.IsOver(1'100));
  EXPECT_EQ(patience.Error(), absl::DeadlineExceededError(
                                  "the coordinator took too long to start"));
}

TEST(PatienceTest, TheSecondWaitIsNotTheFirst) {
  Patience patience;
  patience.Await("to start", absl::Nanoseconds(100), 1'000);
  patience.Await("to close", absl::Nanoseconds(100), 1'050);
  EXPECT_EQ(patience.deadline_ns(), 1'150);
  EXPECT_EQ(patience.Error().message(),
            "the coordinator took too long to close");
  patience.Rest();
  EXPECT_FALSE(patience.awaits_anything());
  EXPECT_FALSE(patience.IsOver(1'000'000));
}

TEST(PatienceTest, MayBeForEver) {
  Patience patience;
  patience.Await("to come", absl::InfiniteDuration(), 1'000);
  EXPECT_EQ(patience.deadline_ns(), INT64_MAX);
}

TEST(PatienceTest, ALimitNamesItsOwnStepWhereNoneIsAwaited) {
  Patience patience;
  patience.Await("to start", absl::Nanoseconds(100), 1'000);
  patience.Rest();
  patience.Limit("to close the stream", absl::Nanoseconds(50), 1'000);
  EXPECT_FALSE(patience.awaits_anything());
  EXPECT_TRUE(patience.IsOver(1'050));
  EXPECT_EQ(patience.Error().message(),
            "the coordinator took too long to close the stream");
  patience.Await("to close", absl::Nanoseconds(100), 1'000);
  EXPECT_TRUE(patience.awaits_anything());
  EXPECT_EQ(patience.Error().message(),
            "the coordinator took too long to close");
}

TEST(PatienceTest, ALimitHoldsForWhatIsAwaitedAndWhatWillBe) {
  Patience patience;
  patience.Await("to close", absl::Nanoseconds(1'000), 1'000);
  patience.Limit("to close the stream", absl::Nanoseconds(50), 1'100);
  EXPECT_EQ(patience.deadline_ns(), 1'150);
  patience.Await("to close", absl::Nanoseconds(1'000), 1'120);
  EXPECT_EQ(patience.deadline_ns(), 1'150);
  patience.Rest();
  EXPECT_EQ(patience.deadline_ns(), 1'150);
  patience.Limit("to close the stream", absl::Nanoseconds(50),
                 1'140);  // nor is it moved later
  EXPECT_EQ(patience.deadline_ns(), 1'150);
  patience.Await("to close", absl::Nanoseconds(1'000), 1'145);
  EXPECT_EQ(patience.deadline_ns(), 1'150);
  patience.Await("at once", absl::Nanoseconds(5), 1'120);
  EXPECT_EQ(patience.deadline_ns(), 1'125);
}

}  // namespace
}  // namespace invocator
