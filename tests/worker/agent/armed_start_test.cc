#include "worker/agent/armed_start.h"

#include <gtest/gtest.h>

#include "proto/fleet.pb.h"

namespace invocator {
namespace {

constexpr int64_t kMs = 1'000'000;

wire::Start At(int64_t steady_ns) {
  wire::Start start;
  start.set_steady_ns(steady_ns);
  return start;
}

class ArmedStartTest : public testing::Test {
 protected:
  wire::WorkerMessage Take(int64_t at_ns, int64_t now_ns, bool begun = false) {
    return *start_.Take(At(at_ns), now_ns, begun);
  }
  ArmedStart start_;
};

TEST_F(ArmedStartTest, WithoutAStartThereIsNothingToBegin) {
  EXPECT_FALSE(start_.at_ns());
  EXPECT_FALSE(start_.was_armed());
  EXPECT_EQ(start_.BeginNs(), INT64_MAX);
}

TEST_F(ArmedStartTest, OneThatLiesAheadIsTakenAndBegunAMomentBefore) {
  const wire::WorkerMessage answer = Take(900 * kMs, 500 * kMs);
  EXPECT_EQ(answer.start_armed().steady_ns(), 900 * kMs);
  EXPECT_EQ(start_.at_ns(), 900 * kMs);
  EXPECT_EQ(start_.BeginNs(), 850 * kMs);
  EXPECT_TRUE(start_.was_armed());
}

TEST_F(ArmedStartTest, OneThatIsNowIsInTimeAndANanosecondLaterNot) {
  EXPECT_TRUE(Take(500 * kMs, 500 * kMs).has_start_armed());
  const wire::WorkerMessage answer = Take(500 * kMs, 500 * kMs + 1);
  EXPECT_EQ(answer.start_missed().steady_ns(), 500 * kMs);
  EXPECT_EQ(answer.start_missed().late_ns(), 1);
  EXPECT_FALSE(answer.start_missed().begun());
}

TEST_F(ArmedStartTest, AMissTakesTheOneBeforeBackAndTheNextIsTaken) {
  Take(900 * kMs, 500 * kMs);
  Take(400 * kMs, 500 * kMs);
  EXPECT_FALSE(start_.at_ns());
  EXPECT_EQ(start_.BeginNs(), INT64_MAX);
  EXPECT_TRUE(start_.was_armed());  // the coordinator may count on it
  EXPECT_TRUE(Take(1'900 * kMs, 500 * kMs).has_start_armed());
  EXPECT_EQ(start_.at_ns(), 1'900 * kMs);
}

TEST_F(ArmedStartTest, ALaterOneReplacesTheOneBefore) {
  Take(900 * kMs, 500 * kMs);
  Take(1'900 * kMs, 500 * kMs);
  EXPECT_EQ(start_.at_ns(), 1'900 * kMs);
}

TEST_F(ArmedStartTest, OnceBegunNoOtherIsTaken) {
  Take(900 * kMs, 500 * kMs);
  const wire::WorkerMessage answer =
      Take(1'900 * kMs, 901 * kMs, /*begun=*/true);
  EXPECT_TRUE(answer.start_missed().begun());
  EXPECT_EQ(answer.start_missed().late_ns(), -999 * kMs);
  EXPECT_EQ(start_.at_ns(), 900 * kMs);
}

TEST_F(ArmedStartTest, OneThatIsNoInstantIsRefused) {
  EXPECT_TRUE(absl::IsInvalidArgument(
      start_.Take(At(INT64_MIN), 500 * kMs, /*begun=*/false).status()));
  EXPECT_FALSE(start_.was_armed());
}

}  // namespace
}  // namespace invocator
