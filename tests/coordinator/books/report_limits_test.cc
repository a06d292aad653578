#include "coordinator/books/report_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/support/plans.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

constexpr int64_t kS = 1'000'000'000;

class ReportLimitsTest : public testing::Test {
 protected:
  // f at 1, 2, ... 10 s; g at 5 s.
  const Plan plan_ = PlanOf({ListInstance("f", std::vector<double>(10, 1), 20),
                             ListInstance("g", {5}, 20)},
                            20);
  const Census census_ = TakeCensus(plan_, {});
  ReportLimits limits_{plan_, census_, 2, /*most_walked=*/22};
};

TEST_F(ReportLimitsTest, AWorkerMayReportWhatItsShareHolds) {
  EXPECT_THAT(limits_.Update(0, {{{{0, 0, 3}}}}), Optional(ElementsAre(4, 0)));
  EXPECT_THAT(limits_.Update(1, {{{{0, 1, 3}, {1, 0, 1}}}}),
              Optional(ElementsAre(3, 1)));
  EXPECT_EQ(limits_.Update(0, {{{{0, 0, 3}}}}), std::nullopt) << "as before";
}

TEST_F(ReportLimitsTest, AWorkerWithoutPiecesMayReportNothing) {
  EXPECT_THAT(limits_.Update(0, {}), Optional(ElementsAre(0, 0)));
  EXPECT_EQ(limits_.Update(0, {}), std::nullopt);
}

TEST_F(ReportLimitsTest, ChangedPiecesAreCountedWhileThatIsCheap) {
  limits_.Update(0, {{{{0, 0, 1}}}});
  EXPECT_THAT(limits_.Update(0, {{{{0, 0, 1}}, 0, 4 * kS}}),
              Optional(ElementsAre(3, 0)));
  EXPECT_THAT(limits_.Update(1, {{{{1, 0, 1}}}, {{{0, 0, 1}}, 4 * kS}}),
              Optional(ElementsAre(7, 1)));
  // That was a walk over all 11 arrivals, twice.
  EXPECT_THAT(limits_.Update(0, {{{{0, 0, 1}}, 0, 3 * kS}}),
              Optional(ElementsAre(10, 0)));
}

}  // namespace
}  // namespace invocator
