#include "common/plan/piece.h"

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
  EXPECT_EQ(heirs[0], Pieces({{{{0, 0, 2}, {0, 1, 2}}, 800}}));
  EXPECT_EQ(lost[0].until_ns, 800);
  EXPECT_EQ(lost[1].until_ns, 800);
}

TEST(PieceTest, APieceThatWasToBeginLaterIsPassedOnWhole) {
  Pieces lost = {{{{0, 1, 2}}, 500}};
  const std::vector<Pieces> heirs = DivideFrom(200, 1, true, lost);
  EXPECT_EQ(heirs[0], Pieces({{{{0, 1, 2}}, 500}}));
  EXPECT_EQ(lost[0].until_ns, 500);  // nothing is left of it
}

TEST(PieceTest, LossesOneAfterTheOtherKeepPiecesFewAndEveryInvocationOwned) {
  // A thousand workers, of whom the first is lost again and again.
  std::vector<Pieces> workers;
  for (uint64_t i = 0; i < 1'000; ++i) workers.push_back({{{{0, i, 1'000}}}});
  for (int64_t at_ns = 1; at_ns <= 20; ++at_ns) {
    Pieces lost = workers.front();
    workers.erase(workers.begin());
    const auto divided = DivideFrom(at_ns, workers.size(), true, lost);
    for (size_t i = 0; i < workers.size(); ++i) {
      workers[i].insert(workers[i].end(), divided[i].begin(), divided[i].end());
    }
  }
  for (uint64_t sequence : {0u, 1u, 19u, 20u, 999u, 12'345u, 7'654'321u}) {
    int owners = 0;
    for (const Pieces& pieces : workers) {
      EXPECT_LE(pieces.size(), 21u);
      for (const Piece& piece : pieces) {
        EXPECT_EQ(piece.until_ns, Piece::kForever);
        for (const Share& share : piece.shares) owners += share.Owns(sequence);
      }
    }
    EXPECT_EQ(owners, 1) << sequence;
  }
}

TEST(PieceTest, OnlyWhatBeginsAndEndsAlikeIsJoined) {
  Pieces lost = {{{{0, 0, 4}}, 0, 900},
                 {{{0, 1, 4}}, 0, 900},
                 {{{0, 2, 4}}, 0, 950},
                 {{{0, 3, 4}}, 700, 900}};
  const std::vector<Pieces> heirs = DivideFrom(500, 1, true, lost);
  EXPECT_EQ(heirs[0], Pieces({{{{0, 0, 4}, {0, 1, 4}}, 500, 900},
                              {{{0, 2, 4}}, 500, 950},
                              {{{0, 3, 4}}, 700, 900}}));
}

TEST(PieceTest, SharesThatAreNotStripedGoToHeirsInTurnOverAllPieces) {
  Pieces lost = {{{{0, 0, 1}}, 0}, {{{1, 0, 1}}, 100}, {{{2, 0, 1}}, 200}};
  const std::vector<Pieces> heirs = DivideFrom(300, 2, false, lost);
  EXPECT_EQ(heirs[0], Pieces({{{{0, 0, 1}, {2, 0, 1}}, 300}}));
  EXPECT_EQ(heirs[1], Pieces({{{{1, 0, 1}}, 300}}));
}

TEST(PieceTest, AStripeThatWouldBecomeTooThinGoesWholeToOne) {
  constexpr uint64_t kHalf = 1 << 19;  // of the most stripes there may be
  Pieces lost = {{{{0, 7, kHalf}, {1, 7, kHalf + 1}}}};
  const std::vector<Pieces> heirs = DivideFrom(0, 2, true, lost);
  EXPECT_EQ(heirs[0], Pieces({{{{0, 7, 2 * kHalf}, {1, 7, kHalf + 1}}, 0}}));
  EXPECT_EQ(heirs[1], Pieces({{{{0, 7 + kHalf, 2 * kHalf}}, 0}}));
}

TEST(PieceTest, WhatWasPassedOnBeforeIsNotPassedOnAgain) {
  Pieces lost = {{{{0, 0, 1}}, 0, 300}};
  EXPECT_TRUE(DivideFrom(300, 1, true, lost)[0].empty());
}

}  // namespace
}  // namespace invocator
