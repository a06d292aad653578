#include "common/words/listing.h"

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

TEST(ListingTest, OneIsNoPlural) {
  EXPECT_EQ(Counted(0, "row"), "0 rows");
  EXPECT_EQ(Counted(1, "more row"), "1 more row");
  EXPECT_EQ(Counted(2, "row"), "2 rows");
  EXPECT_EQ(CountedWere(1, "row"), "1 row was");
  EXPECT_EQ(CountedWere(0, "row"), "0 rows were");
}

}  // namespace
}  // namespace invocator
