#include "coordinator/books/piece_counts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "common/arrivals/arrival_stream.h"
#include "common/plan/digest.h"
#include "common/plan/partition.h"
#include "tests/support/plans.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;

constexpr int64_t kS = 1'000'000'000;

std::vector<std::vector<uint64_t>> Count(const Plan& plan,
                                         const std::vector<PieceList>& lists) {
  return CountPieces(plan, TakeCensus(plan, {}), lists);
}

TEST(PieceCountsTest, PiecesThatMakeUpThePlanMakeUpItsCount) {
  const Plan plan = PlanOf({ListInstance("f", std::vector<double>(50, 0.1), 10),
                            ListInstance("g", {5}, 10)},
                           10);
  // Worker 0 has f until 2.05 s, then two others have it in stripes.
  std::vector<Piece> lost = {{WholeShares(plan)}};
  const auto heirs = DivideFrom(2'050'000'000, 2, true, lost);
  EXPECT_THAT(
      Count(plan, {{lost}, {heirs[0]}, {heirs[1]}}),
      ElementsAre(ElementsAre(20, 0), ElementsAre(15, 1), ElementsAre(15, 0)));
}

TEST(PieceCountsTest, WhatIsScheduledAtTheLimitIsNotBeforeIt) {
  const Plan plan = PlanOf({ListInstance("f", {1, 1, 1}, 10)}, 10);
  const std::vector<Piece> pieces = {{WholeShares(plan)}};
  EXPECT_THAT(Count(plan, {{pieces, 2'000'000'000}, {pieces, 2'000'000'001}}),
              ElementsAre(ElementsAre(1), ElementsAre(2)));
}

TEST(PieceCountsTest, NothingIsBeforeTheStart) {
  const Plan plan = PlanOf({ListInstance("f", {0}, 10)}, 10);
  const std::vector<Piece> pieces = {{WholeShares(plan)}};
  EXPECT_THAT(Count(plan, {{pieces, 0}}), ElementsAre(ElementsAre(0)));
}

TEST(PieceCountsTest, ACutCensusIsThatOfTheEarlierArrivals) {
  Plan plan =
      PlanOf({ListInstance("f", std::vector<double>(90, 0.1), 10),
              ListInstance("g", {2, 2, 2}, 10), ListInstance("late", {9}, 10)},
             10);
  plan.warmup_s = 1;
  const Census census =
      TakeCensus(plan, {{{0, 0, 2}, {1, 0, 1}}, {{0, 1, 2}, {2, 0, 1}}});
  // The second worker stopped later.
  const std::vector<Piece> first = {{{{0, 0, 2}, {1, 0, 1}}, 0, 4 * kS}};
  const std::vector<Piece> second = {{{{0, 1, 2}, {2, 0, 1}}, 0, 5 * kS + 1}};
  const Census cut = CutCensus(plan, census, {{first}, {second}});
  // One by one: call i of f is due at (i + 1) / 10 s.
  uint64_t count = 0, warmup = 0, digest = 0, warmup_digest = 0;
  std::vector<uint64_t> of_worker(2), digests(2), bins;
  const auto add = [&](const std::string& name, uint64_t sequence, size_t owner,
                       int64_t due_ns, int64_t until_ns) {
    if (due_ns >= until_ns) return false;
    const uint64_t term = DigestTerm(HashName(name), sequence, due_ns);
    digests[owner] += term;
    ++of_worker[owner];
    if (name != "f") return true;
    ++count;
    digest += term;
    warmup += due_ns < kS;
    warmup_digest += due_ns < kS ? term : 0;
    return true;
  };
  for (uint64_t i = 0; i < 90; ++i) {
    add("f", i, i % 2, static_cast<int64_t>(i + 1) * kS / 10,
        i % 2 == 0 ? 4 * kS : 5 * kS + 1);
  }
  EXPECT_TRUE(add("g", 0, 0, 2 * kS, 4 * kS));
  EXPECT_FALSE(add("g", 1, 0, 4 * kS, 4 * kS));
  EXPECT_EQ(cut.instances[0].count, count);
  EXPECT_EQ(count, 45u);  // 20 before 4 s, and 25 up to 5 s
  EXPECT_EQ(cut.instances[0].digest, digest);
  EXPECT_EQ(cut.instances[0].warmup_count, warmup);
  EXPECT_EQ(cut.instances[0].warmup_digest, warmup_digest);
  EXPECT_EQ(cut.instances[1].count, 1u);
  EXPECT_EQ(cut.instances[2].count, 0u);
  EXPECT_EQ(cut.total.count, 46u);
  EXPECT_EQ(cut.total.digest, digests[0] + digests[1]);
  EXPECT_EQ(cut.digests, digests);
  for (size_t i = 0; i < 2; ++i) EXPECT_EQ(cut.PlannedOf(i), of_worker[i]);
  // Ticks of 0.1 s.
  EXPECT_EQ(cut.bins[1].size(), 21u);
  EXPECT_TRUE(cut.bins[2].empty());
  EXPECT_EQ(std::accumulate(cut.bins[0].begin(), cut.bins[0].end(), 0u), 45u);
}

// The plain way: looks at every arrival.
uint64_t CountOneByOne(const Plan& plan, const PieceList& list,
                       size_t instance) {
  uint64_t count = 0;
  const auto stream = MakeArrivalStream(plan.instances[instance].arrivals);
  while (const auto arrival = stream->Next()) {
    for (const Piece& piece : list.pieces) {
      for (const Share& share : piece.shares) {
        count += share.instance == instance && share.Owns(arrival->sequence) &&
                 arrival->scheduled_ns >= piece.from_ns &&
                 arrival->scheduled_ns < piece.until_ns &&
                 arrival->scheduled_ns < list.before_ns;
      }
    }
  }
  return count;
}

TEST(PieceCountsTest, AnyPiecesCountAsTheirArrivalsOneByOne) {
  std::mt19937 random(11);
  const auto draw = [&](uint64_t most) { return random() % (most + 1); };
  Plan plan = PlanOf({}, 10);
  for (const char* name : {"a", "b", "c"}) {
    InstancePlan& instance = plan.instances.emplace_back();
    instance.name = name;
    instance.arrivals = {.kind = ArrivalKind::kPoisson,
                         .seed = 3,
                         .stream = name,
                         .rate = 40,
                         .duration_s = 10,
                         .window_start_s = 0,
                         .window_end_s = 10,
                         .gaps_s = {}};
  }
  for (int round = 0; round < 50; ++round) {
    std::vector<Piece> pieces;
    for (uint64_t n = draw(5); n-- > 0;) {
      Piece& piece = pieces.emplace_back();
      piece.from_ns = static_cast<int64_t>(draw(10'000)) * 1'000'000;
      if (draw(2) > 0) {
        piece.until_ns = static_cast<int64_t>(draw(11'000)) * 1'000'000;
      }
      for (size_t instance = 0; instance < 3; ++instance) {
        const uint64_t count = 1 + draw(4);
        piece.shares.push_back({instance, draw(count - 1), count});
      }
    }
    const PieceList all{pieces};
    const PieceList some{pieces, static_cast<int64_t>(draw(10'000'000'000))};
    const auto counts = Count(plan, {all, some});
    for (size_t instance = 0; instance < 3; ++instance) {
      EXPECT_EQ(counts[0][instance], CountOneByOne(plan, all, instance));
      EXPECT_EQ(counts[1][instance], CountOneByOne(plan, some, instance));
    }
  }
}

TEST(PieceCountsTest, BinsHoldTheCallsOfPiecesThatAreScheduledInThem) {
  // Two instances with many calls and a lane each, and 70 with fewer, some of
  // which share the last lane.
  Plan plan = PlanOf({ListInstance("f", std::vector<double>(200, 0.05), 10),
                      ListInstance("g", std::vector<double>(30, 0.3), 10)},
                     10);
  for (int i = 0; i < 70; ++i) {
    plan.instances.push_back(ListInstance(
        "h" + std::to_string(i),
        std::vector<double>(static_cast<size_t>(1 + i % 4), 1.1), 10));
  }
  std::vector<Piece> first = {{WholeShares(plan)}};
  const auto heirs = DivideFrom(2'050'000'000, 2, true, first);
  const std::vector<PieceList> lists = {
      {first}, {heirs[0]}, {heirs[1], 7'000'000'000}, {heirs[1], 0}};
  const Census census = TakeCensus(plan, {});
  const Lanes& lanes = census.lanes;
  ASSERT_TRUE(lanes.has_rest);
  const auto bins = BinPieces(plan, lists, TimeBins(10), lanes);
  ASSERT_EQ(bins.size(), lists.size());
  for (size_t list = 0; list < lists.size(); ++list) {
    std::vector<std::vector<uint64_t>> expected(lanes.size());
    for (size_t i = 0; i < plan.instances.size(); ++i) {
      const auto stream = MakeArrivalStream(plan.instances[i].arrivals);
      while (const auto arrival = stream->Next()) {
        for (const Piece& piece : lists[list].pieces) {
          for (const Share& share : piece.shares) {
            if (share.instance != i || !share.Owns(arrival->sequence) ||
                arrival->scheduled_ns < piece.from_ns ||
                arrival->scheduled_ns >=
                    std::min(piece.until_ns, lists[list].before_ns)) {
              continue;
            }
            auto& of_lane = expected[lanes.of_instance[i]];
            const auto bin =
                static_cast<size_t>(arrival->scheduled_ns / 100'000'000);
            if (bin >= of_lane.size()) of_lane.resize(bin + 1);
            ++of_lane[bin];
          }
        }
      }
    }
    EXPECT_EQ(bins[list], expected) << list;
  }
}

TEST(PieceCountsTest, SumsAreThoseOfTheirCalls) {
  const Plan plan =
      PlanOf({ListInstance("f", std::vector<double>(200, 0.05), 10),
              ListInstance("g", std::vector<double>(30, 0.3), 10)},
             10);
  // Two losses one after the other, then a list cut off at an instant.
  std::vector<Piece> first = {{{{0, 0, 3}, {1, 0, 1}}}};
  const auto heirs = DivideFrom(2'050'000'000, 2, true, first);
  std::vector<Piece> second = heirs[0];
  second.push_back({{{0, 1, 3}}});
  const auto last = DivideFrom(5'000'000'001, 1, true, second);
  const std::vector<PieceList> lists = {
      {first}, {second}, {heirs[1]}, {last[0]}, {last[0], 7'000'000'000}};
  const std::vector<PieceSum> sums = SumPieces(plan, lists);
  ASSERT_EQ(sums.size(), lists.size());
  const auto counts = Count(plan, lists);
  for (size_t i = 0; i < lists.size(); ++i) {
    uint64_t digest = 0;
    for (const Piece& piece : lists[i].pieces) {
      for (const Share& share : piece.shares) {
        const InstancePlan& instance = plan.instances[share.instance];
        const auto stream = MakeArrivalStream(instance.arrivals);
        while (const auto arrival = stream->Next()) {
          if (!share.Owns(arrival->sequence) ||
              arrival->scheduled_ns < piece.from_ns ||
              arrival->scheduled_ns >=
                  std::min(piece.until_ns, lists[i].before_ns)) {
            continue;
          }
          digest += DigestTerm(HashName(instance.name), arrival->sequence,
                               arrival->scheduled_ns);
        }
      }
    }
    EXPECT_EQ(sums[i].count, counts[i][0] + counts[i][1]) << i;
    EXPECT_EQ(sums[i].digest, digest) << i;
    EXPECT_GT(sums[i].count, 0u) << i;
  }
}

}  // namespace
}  // namespace invocator
