#include "coordinator/books/accounting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace invocator {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Totals Balanced() {
  Totals totals;
  totals.planned = 10;
  totals.sent = 7;
  totals.dropped = 2;
  totals.unsent = 1;
  totals.outcomes[static_cast<size_t>(Outcome::kOk)] = 4;
  totals.outcomes[static_cast<size_t>(Outcome::kAborted)] = 3;
  totals.planned_digest = 1;
  totals.sent_digest = 2;
  return totals;
}

TEST(AccountingTest, BalancedBooksHaveNothingToSay) {
  EXPECT_THAT(CheckBooks("total", Balanced()), IsEmpty());
  EXPECT_THAT(CheckBooks("total", Totals()), IsEmpty());
}

TEST(AccountingTest, WhatIsMissingIsNamed) {
  Totals totals = Balanced();
  totals.unsent = 0;
  EXPECT_THAT(CheckBooks("instance a", totals),
              ElementsAre("instance a: planned 10 is not sent 7 + dropped 2 + "
                          "unsent 0"));
}

TEST(AccountingTest, EverySentInvocationHasAnOutcome) {
  Totals totals = Balanced();
  totals.outcomes[static_cast<size_t>(Outcome::kOk)] = 3;
  EXPECT_THAT(CheckBooks("total", totals),
              ElementsAre("total: sent 7 is not the sum of outcomes 6"));
}

TEST(AccountingTest, DigestsMustBeEqualWhenEverythingWasSent) {
  Totals totals;
  totals.planned = totals.sent = 1;
  totals.outcomes[0] = 1;
  totals.planned_digest = 0xabc;
  totals.sent_digest = 0xdef;
  EXPECT_THAT(CheckBooks("total", totals),
              ElementsAre("total: as many were sent as planned, but not the "
                          "same ones: digest 0000000000000def, planned "
                          "0000000000000abc"));
  totals.sent_digest = totals.planned_digest;
  EXPECT_THAT(CheckBooks("total", totals), IsEmpty());
}

TEST(AccountingTest, DigestsCannotBeComparedWhereSomeAreLostOrUnsent) {
  Totals totals;
  totals.planned = totals.sent = 2;
  totals.outcomes[static_cast<size_t>(Outcome::kOk)] = 1;
  totals.outcomes[static_cast<size_t>(Outcome::kLost)] = 1;
  totals.planned_digest = 0xabc;
  EXPECT_THAT(CheckBooks("total", totals), IsEmpty());
  totals.planned = 3;
  totals.unsent = 1;
  totals.outcomes[static_cast<size_t>(Outcome::kOk)] = 2;
  totals.outcomes[static_cast<size_t>(Outcome::kLost)] = 0;
  EXPECT_THAT(CheckBooks("total", totals), IsEmpty());
}

TEST(AccountingTest, OneMoreSentThanPlannedDoesNotBalance) {
  Totals totals = Balanced();
  totals.planned = 9;
  EXPECT_EQ(CountUntouched(totals), 0u);
  EXPECT_EQ(totals.unsent, 1u);
  EXPECT_EQ(CheckBooks("total", totals).size(), 1u);
}

TEST(AccountingTest, TooManySentDoNotBalance) {
  Totals totals = Balanced();
  totals.sent += 5;
  totals.outcomes[0] += 5;
  EXPECT_EQ(CountUntouched(totals), 0u);
  EXPECT_EQ(CheckBooks("total", totals).size(), 1u);
}

TEST(AccountingTest, WhatAnEngineDidNotTouchIsUnsent) {
  Totals totals = Balanced();
  totals.planned = 25;
  EXPECT_EQ(CountUntouched(totals), 15u);
  EXPECT_EQ(totals.unsent, 16u);
  EXPECT_THAT(CheckBooks("total", totals), IsEmpty());
  EXPECT_EQ(CountUntouched(totals), 0u);
}

TEST(AccountingTest, EveryFaultIsNamedNotTheFirstOnly) {
  Totals totals;
  totals.planned = totals.sent = 2;
  totals.dropped = 1;
  totals.outcomes[0] = 1;
  totals.planned_digest = 1;
  EXPECT_EQ(CheckBooks("total", totals).size(), 3u);
}

TEST(AccountingTest, NothingIsUntouchedWhereAllWas) {
  Totals totals = Balanced();
  EXPECT_EQ(CountUntouched(totals), 0u);
  EXPECT_EQ(totals.unsent, 1u);
  totals.planned = 11;
  EXPECT_EQ(CountUntouched(totals), 1u);
  EXPECT_EQ(totals.unsent, 2u);
}

TEST(AccountingTest, DigestsOfABalanceWithDropsAreNotCompared) {
  Totals totals = Balanced();
  totals.dropped = 0;
  totals.unsent = 0;
  totals.planned = 7;
  EXPECT_EQ(CheckBooks("total", totals).size(), 1u) << "all were sent";
  totals.planned = 8;
  totals.dropped = 1;
  EXPECT_THAT(CheckBooks("total", totals), IsEmpty());
}

}  // namespace
}  // namespace invocator
