// Compares the census of bins, lanes and the warm-up with a walk of all
// arrivals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/arrivals/arrival_stream.h"
#include "common/plan/digest.h"
#include "common/plan/partition.h"
#include "coordinator/books/census.h"
#include "tests/support/plans.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

InstancePlan Poisson(std::string name, double rate_per_s, double duration_s) {
  InstancePlan instance = ListInstance(std::move(name), {}, duration_s);
  instance.arrivals.kind = ArrivalKind::kPoisson;
  instance.arrivals.seed = 5;
  instance.arrivals.rate = rate_per_s;
  return instance;
}

// Instances of different rates; some have no calls.
Plan PoissonPlan(size_t instances, double duration_s, double calls) {
  Plan plan = PlanOf({}, duration_s);
  for (size_t i = 0; i < instances; ++i) {
    plan.instances.push_back(Poisson(
        "f" + std::to_string(i),
        static_cast<double>(i * 7 % 11) * calls / duration_s, duration_s));
  }
  return plan;
}

using Bins = std::vector<std::vector<uint64_t>>;

// Counts by lane and bin, up to the last bin in use.
Bins WalkBins(const Plan& plan, const Lanes& lanes, int64_t width_ns) {
  Bins bins(lanes.size());
  for (size_t i = 0; i < plan.instances.size(); ++i) {
    std::vector<uint64_t>& of_lane = bins[lanes.of_instance[i]];
    const auto stream = MakeArrivalStream(plan.instances[i].arrivals);
    while (const auto arrival = stream->Next()) {
      const auto bin = static_cast<size_t>(arrival->scheduled_ns / width_ns);
      of_lane.resize(std::max(of_lane.size(), bin + 1));
      ++of_lane[bin];
    }
  }
  return bins;
}

TEST(CensusBins, AreThoseOfAWalkOfEveryArrival) {
  struct Row {
    size_t instances;
    double duration_s;
    int64_t width_ns;
  };
  for (const Row& row : std::vector<Row>{{3, 10, 100'000'000},
                                         {64, 40, 1'000'000'000},
                                         {65, 40, 1'000'000'000},
                                         {200, 10, 100'000'000},
                                         {5, 1'300, 2'000'000'000},
                                         {80, 1'300, 2'000'000'000}}) {
    const Plan plan = PoissonPlan(row.instances, row.duration_s, 20);
    const Census census = TakeCensus(plan, PartitionPlan(plan, 3));
    ASSERT_EQ(census.lanes.has_rest, row.instances > 64);
    EXPECT_EQ(census.bins, WalkBins(plan, census.lanes, row.width_ns))
        << row.instances << " instances, " << row.duration_s << " s";
  }
}

TEST(CensusBins, LanesAreOfTheInstancesWithTheMostCalls) {
  const Plan plan = PoissonPlan(100, 10, 30);
  const Census census = TakeCensus(plan, {});
  uint64_t least_with_lane = UINT64_MAX;
  uint64_t most_without = 0;
  for (size_t i = 0; i < plan.instances.size(); ++i) {
    const uint64_t count = census.instances[i].count;
    if (census.lanes.of_instance[i] < 64) {
      least_with_lane = std::min(least_with_lane, count);
    } else {
      most_without = std::max(most_without, count);
    }
  }
  EXPECT_GT(most_without, 0u);
  EXPECT_GE(least_with_lane, most_without);
}

TEST(CensusBins, ACallAtTheEndIsInTheBinAfterTheLast) {
  const Census census = TakeCensus(
      PlanOf({ListInstance("f", {0.3, 0.7}, 1), ListInstance("g", {}, 1)}, 1),
      {});
  EXPECT_THAT(
      census.bins,
      ElementsAre(ElementsAre(0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1), IsEmpty()));
}

TEST(CensusWarmup, EndsBeforeTheCallAtItsEnd) {
  Plan plan = PlanOf({ListInstance("f", {0.15, 0.05, 0.05, 0.05}, 1)}, 1);
  plan.warmup_s = 0.25;
  const Census census = TakeCensus(plan, {});
  EXPECT_EQ(census.instances[0].warmup_count, 2u);
  EXPECT_EQ(census.instances[0].warmup_digest,
            DigestTerm(HashName("f"), 0, 150'000'000) +
                DigestTerm(HashName("f"), 1, 200'000'000));
  EXPECT_EQ(census.instances[0].count, 4u);
}

TEST(CensusWarmup, CountsAndDigestsAreThoseOfAWalkOfEveryArrival) {
  for (const size_t instances : {4u, 90u}) {
    // No warm-up, ends within ticks and bins, and all but the last call.
    for (const double warmup_s : {0.0, 0.00001, 3.4567, 5.0, 9.99}) {
      Plan plan = PoissonPlan(instances, 10, 40);
      plan.warmup_s = warmup_s;
      for (const size_t workers : {1u, 3u}) {
        const Census census = TakeCensus(plan, PartitionPlan(plan, workers));
        uint64_t count = 0;
        uint64_t digest = 0;
        for (size_t i = 0; i < plan.instances.size(); ++i) {
          uint64_t own_count = 0;
          uint64_t own_digest = 0;
          const auto stream = MakeArrivalStream(plan.instances[i].arrivals);
          while (const auto arrival = stream->Next()) {
            if (static_cast<double>(arrival->scheduled_ns) >= warmup_s * 1e9) {
              continue;
            }
            ++own_count;
            own_digest += DigestTerm(HashName(plan.instances[i].name),
                                     arrival->sequence, arrival->scheduled_ns);
          }
          EXPECT_EQ(census.instances[i].warmup_count, own_count);
          EXPECT_EQ(census.instances[i].warmup_digest, own_digest);
          count += own_count;
          digest += own_digest;
        }
        EXPECT_EQ(census.total.warmup_count, count);
        EXPECT_EQ(census.total.warmup_digest, digest);
        EXPECT_EQ(count > 0, warmup_s > 0.001);
      }
    }
  }
}

TEST(CensusWarmup, ChangesNothingElse) {
  Plan plan = PoissonPlan(70, 10, 40);
  const auto partition = PartitionPlan(plan, 3);
  const Census without = TakeCensus(plan, partition);
  plan.warmup_s = 3.21;
  Census with = TakeCensus(plan, partition);
  EXPECT_GT(with.total.warmup_count, 0u);
  for (InstanceCensus& instance : with.instances) {
    instance.warmup_count = instance.warmup_digest = 0;
  }
  EXPECT_EQ(with.instances, without.instances);
  EXPECT_EQ(with.digests, without.digests);
  EXPECT_EQ(with.planned, without.planned);
  EXPECT_EQ(with.bins, without.bins);
}

}  // namespace
}  // namespace invocator
