#include "common/listing.h"

#include <gtest/gtest.h>

namespace invocator {
namespace {

TEST(ListingTest, NamesAFewAndCountsTheRest) {
  EXPECT_EQ(FirstFew({}), "");
  EXPECT_EQ(FirstFew({"a"}), "a");
  EXPECT_EQ(FirstFew({"a", "b", "c", "d", "e"}), "a, b, c, d, e");
  EXPECT_EQ(FirstFew({"a", "b", "c", "d", "e", "f", "g"}),
            "a, b, c, d, e and 2 more");
}

}  // namespace
}  // namespace invocator
