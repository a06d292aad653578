// The sample of records that a tally reports.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "common/wire/record_codec.h"
#include "tests/support/tallies.h"
#include "worker/recording/tally.h"

namespace invocator {
namespace {

std::set<uint64_t> Sampled(Tally& tally, uint64_t first, uint64_t step,
                           uint64_t count) {
  std::vector<Record> records;
  for (uint64_t i = first; i < count; i += step) {
    records.push_back(MakeRecord(0, i, Outcome::kOk));
  }
  std::set<uint64_t> sequences;
  EXPECT_TRUE(DecodeRecords(AddAll(tally, std::move(records)), 1,
                            [&](const Record& record) {
                              sequences.insert(record.sequence);
                            })
                  .ok());
  return sequences;
}

TEST(TallySampleTest, TheSampleIsTheSameForAnyNumberOfWorkers) {
  constexpr uint64_t kCount = 20'000;
  const Plan plan = PlanOfInstances(1);
  Tally whole(plan, 0.1);
  const std::set<uint64_t> expected = Sampled(whole, 0, 1, kCount);
  for (uint64_t workers : {2u, 3u, 7u}) {
    std::set<uint64_t> together;
    for (uint64_t worker = 0; worker < workers; ++worker) {
      Tally part(plan, 0.1);
      together.merge(Sampled(part, worker, workers, kCount));
    }
    EXPECT_EQ(together, expected) << workers << " workers";
  }
  // Five standard deviations of a binomial, sqrt(20000 * 0.1 * 0.9) = 42.
  EXPECT_NEAR(static_cast<double>(expected.size()), 0.1 * kCount, 5 * 42.4);
}

TEST(TallySampleTest, ASmallerSampleIsPartOfALargerOne) {
  const Plan plan = PlanOfInstances(1);
  Tally few(plan, 0.01), many(plan, 0.3);
  const std::set<uint64_t> small = Sampled(few, 0, 1, 10'000);
  const std::set<uint64_t> large = Sampled(many, 0, 1, 10'000);
  EXPECT_FALSE(small.empty());
  EXPECT_TRUE(
      std::includes(large.begin(), large.end(), small.begin(), small.end()));
}

TEST(TallySampleTest, AllOrNoneCanBeReported) {
  const Plan plan = PlanOfInstances(1);
  Tally none(plan, 0), all(plan, 1);
  EXPECT_EQ(Sampled(none, 0, 1, 1000).size(), 0u);
  EXPECT_EQ(Sampled(all, 0, 1, 1000).size(), 1000u);
}

TEST(TallySampleTest, TheSampleDependsOnTheSeed) {
  Plan plan = PlanOfInstances(1);
  Tally one(plan, 0.1);
  plan.seed = 2;
  Tally two(plan, 0.1);
  EXPECT_NE(Sampled(one, 0, 1, 1000), Sampled(two, 0, 1, 1000));
}

}  // namespace
}  // namespace invocator
