#include "worker/agent/departure.h"

#include <gtest/gtest.h>

namespace invocator {
namespace {

using Wish = Departure::Wish;

class DepartureTest : public testing::Test {
 protected:
  std::atomic<int> requests_ = 0;
  Departure departure_{requests_};
};

TEST_F(DepartureTest, TheFirstRequestLeavesAndEveryOtherOneEnds) {
  EXPECT_FALSE(departure_.requested());
  EXPECT_EQ(departure_.Heed(), Wish::kNone);
  ++requests_;
  EXPECT_TRUE(departure_.requested());
  EXPECT_EQ(departure_.Heed(), Wish::kLeave);
  EXPECT_EQ(departure_.Heed(), Wish::kNone);
  ++requests_;
  EXPECT_EQ(departure_.Heed(), Wish::kEnd);
  EXPECT_EQ(departure_.Heed(), Wish::kNone);
  ++requests_;
  EXPECT_EQ(departure_.Heed(), Wish::kEnd);
}

TEST_F(DepartureTest, TwoRequestsAtOnceEnd) {
  requests_ = 2;
  EXPECT_EQ(departure_.Heed(), Wish::kEnd);
  EXPECT_EQ(departure_.Heed(), Wish::kNone);
}

TEST_F(DepartureTest, WhatIsToldStaysTheSame) {
  EXPECT_FALSE(departure_.leaving());
  departure_.Leave(3'200, 2);
  departure_.Leave(9'900, 5);
  EXPECT_TRUE(departure_.leaving());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(departure_.Message().leave().from_ns(), 3'200);
    EXPECT_EQ(departure_.Message().leave().extends(), 2u);
  }
}

}  // namespace
}  // namespace invocator
