#include "worker/agent/absence.h"

#include <gtest/gtest.h>

namespace invocator {
namespace {

using Cause = Absence::Cause;

constexpr int64_t kMs = 1'000'000;

TEST(AbsenceTest, BeginsWithAStreamThatMayBeUsed) {
  const Absence absence;
  EXPECT_TRUE(absence.present());
  EXPECT_FALSE(absence.ResumeIsLate(INT64_MAX));
  EXPECT_FALSE(absence.IsForEver(INT64_MAX));
}

TEST(AbsenceTest, TheFirstDialIsAtOnceAndTheNextOnesEverLaterUpToTwoSeconds) {
  Absence absence;
  int64_t now_ns = 5'000 * kMs;
  for (int64_t wait_ms : {0, 200, 400, 800, 1'600, 2'000, 2'000}) {
    absence.Begin(Cause::kBroken, now_ns);
    EXPECT_EQ(absence.dial_ns() - now_ns, wait_ms * kMs);
    now_ns = absence.dial_ns();
    absence.OnDialled(now_ns);
  }
}

TEST(AbsenceTest, AStreamThatIsNotResumedIn3SecondsIsLate) {
  Absence absence;
  absence.Begin(Cause::kSilent, 1'000 * kMs);
  EXPECT_EQ(absence.dial_ns(), 1'000 * kMs);
  absence.OnDialled(1'000 * kMs);
  EXPECT_FALSE(absence.present());
  EXPECT_FALSE(absence.ResumeIsLate(3'999 * kMs));
  EXPECT_TRUE(absence.ResumeIsLate(4'000 * kMs));
}

TEST(AbsenceTest, IsOverWhenResumed) {
  Absence absence;
  absence.Begin(Cause::kBroken, 1'000 * kMs);
  absence.Begin(Cause::kBroken, 2'000 * kMs);
  absence.OnResumed();
  EXPECT_TRUE(absence.present());
  EXPECT_FALSE(absence.IsForEver(100'000 * kMs));
  absence.Begin(Cause::kBroken, 9'000 * kMs);
  EXPECT_EQ(absence.dial_ns(), 9'000 * kMs);  // begins anew
}

TEST(AbsenceTest, HasAnEndThatCountsFromItsBeginning) {
  Absence absence;
  absence.Begin(Cause::kBroken, 1'000 * kMs);
  absence.Begin(Cause::kNoResume, 15'000 * kMs);
  EXPECT_FALSE(absence.IsForEver(21'000 * kMs));
  EXPECT_TRUE(absence.IsForEver(21'001 * kMs));
}

}  // namespace
}  // namespace invocator
