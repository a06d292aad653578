#include "coordinator/piece.h"

#include <gtest/gtest.h>

#include <vector>

namespace invocator {
namespace {

using Pieces = std::vector<Piece>;

TEST(PieceTest, WhatIsDividedIsWhatTheOneBeforeHadFromThenOn) {
  Pieces lost = {{{{0, 1, 3}, {4, 0, 1}}}};
  const std::vector<Pieces> heirs = DivideFrom(500, 2, true, lost);
  EXPECT_EQ(lost, Pieces({{{{0, 1, 3}, {4, 0, 1}}, 0, 500}}));
  EXPECT_EQ(heirs[0], Pieces({{{{0, 1, 6}, {4, 0, 2}}, 500}}));
  EXPECT_EQ(heirs[1], Pieces({{{{0, 4, 6}, {4, 1, 2}}, 500}}));
}

TEST(PieceTest, SharesOfABlockingPlanStayWhole) {
  Pieces lost = {{{{0, 0, 1}, {1, 0, 1}, {2, 0, 1}}}};
  const std::vector<Pieces> heirs = DivideFrom(0, 2, false, lost);
  EXPECT_EQ(heirs[0], Pieces({{{{0, 0, 1}, {2, 0, 1}}, 0}}));
  EXPECT_EQ(heirs[1], Pieces({{{{1, 0, 1}}, 0}}));
}

TEST(PieceTest, AnHeirThatIsLostPassesOnBothItsPieces) {
  Pieces lost = {{{{0, 0, 2}}}, {{{0, 1, 2}}, 500}};
  const std::vector<Pieces> heirs = DivideFrom(800, 1, true, lost);
  EXPECT_EQ(heirs[0], Pieces({{{{0, 0, 2}}, 800}, {{{0, 1, 2}}, 800}}));
  EXPECT_EQ(lost[0].until_ns, 800);
  EXPECT_EQ(lost[1].until_ns, 800);
}

TEST(PieceTest, APieceThatWasToBeginLaterIsPassedOnWhole) {
  Pieces lost = {{{{0, 1, 2}}, 500}};
  const std::vector<Pieces> heirs = DivideFrom(200, 1, true, lost);
  EXPECT_EQ(heirs[0], Pieces({{{{0, 1, 2}}, 500}}));
  EXPECT_EQ(lost[0].until_ns, 500);  // nothing is left of it
}

TEST(PieceTest, WhatWasPassedOnBeforeIsNotPassedOnAgain) {
  Pieces lost = {{{{0, 0, 1}}, 0, 300}};
  EXPECT_TRUE(DivideFrom(300, 1, true, lost)[0].empty());
}

}  // namespace
}  // namespace invocator
