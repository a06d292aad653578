#include "coordinator/books/census.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/arrivals/arrival_stream.h"
#include "common/plan/digest.h"
#include "common/plan/partition.h"
#include "coordinator/books/owner_table.h"
#include "coordinator/forecast/merged_arrivals.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;

InstancePlan Instance(std::string name, ArrivalKind kind, double rate_per_s,
                      double duration_s) {
  InstancePlan instance;
  instance.name = name;
  instance.arrivals = {.kind = kind,
                       .seed = 5,
                       .stream = name,
                       .rate = rate_per_s,
                       .duration_s = duration_s,
                       .window_start_s = 0,
                       .window_end_s = duration_s,
                       .gaps_s = {}};
  return instance;
}

InstancePlan List(std::string name, std::vector<double> gaps_s,
                  double duration_s) {
  InstancePlan instance = Instance(name, ArrivalKind::kList, 0, duration_s);
  instance.arrivals.gaps_s = std::move(gaps_s);
  return instance;
}

Plan PlanOf(std::vector<InstancePlan> instances, double duration_s = 10) {
  Plan plan;
  plan.duration_s = duration_s;
  plan.seed = 5;
  plan.instances = std::move(instances);
  return plan;
}

Plan MixedPlan() {
  return PlanOf({Instance("many", ArrivalKind::kPoisson, 300, 10),
                 Instance("even", ArrivalKind::kUniform, 17.5, 10),
                 Instance("none", ArrivalKind::kPoisson, 0, 10),
                 List("list", {0, 0.5, 0.5, 2, 7}, 10)});
}

TEST(Census, AListIsCountedByHand) {
  // 0, 0.5, 1, 3 and 10, on the test's end exactly.
  const Plan plan = PlanOf({List("l", {0, 0.5, 0.5, 2, 7, 0.1}, 10)});
  const Census census = TakeCensus(plan, PartitionPlan(plan, 1));
  const uint64_t name = HashName("l");
  uint64_t digest = 0;
  const std::vector<int64_t> times_ms = {0, 500, 1000, 3000, 10000};
  for (size_t i = 0; i < times_ms.size(); ++i) {
    digest += DigestTerm(name, i, times_ms[i] * 1'000'000);
  }
  EXPECT_EQ(census.instances.at(0), (InstanceCensus{.count = 5,
                                                    .digest = digest,
                                                    .first_ns = 0,
                                                    .last_ns = 10'000'000'000,
                                                    .peak_per_s = 2}));
  EXPECT_EQ(census.total, census.instances[0]);
  EXPECT_THAT(census.planned, ElementsAre(ElementsAre(5)));
}

TEST(Census, AnInstanceWithoutInvocationsHasNoTimes) {
  const Plan plan =
      PlanOf({Instance("n", ArrivalKind::kPoisson, 0, 10), List("l", {3}, 10)});
  const Census census = TakeCensus(plan, PartitionPlan(plan, 2));
  EXPECT_EQ(census.instances[0], InstanceCensus());
  EXPECT_EQ(census.total.first_ns, 3'000'000'000);
}

TEST(Census, EqualsACountOfTheWholeScheduleHeldInMemory) {
  const Plan plan = MixedPlan();
  const auto partition = PartitionPlan(plan, 3);
  const Census census = TakeCensus(plan, partition);

  InstanceCensus total;
  std::map<int64_t, uint64_t> total_bins;
  for (size_t i = 0; i < plan.instances.size(); ++i) {
    InstanceCensus expected;
    std::map<int64_t, uint64_t> bins;
    std::vector<uint64_t> planned(partition.size());
    auto stream = MakeArrivalStream(plan.instances[i].arrivals);
    while (const auto arrival = stream->Next()) {
      if (expected.count++ == 0) expected.first_ns = arrival->scheduled_ns;
      expected.last_ns = arrival->scheduled_ns;
      expected.digest += DigestTerm(HashName(plan.instances[i].name),
                                    arrival->sequence, arrival->scheduled_ns);
      const int64_t second = arrival->scheduled_ns / 1'000'000'000;
      expected.peak_per_s = std::max(expected.peak_per_s, ++bins[second]);
      total.peak_per_s = std::max(total.peak_per_s, ++total_bins[second]);
      for (size_t w = 0; w < partition.size(); ++w) {
        for (const Share& share : partition[w]) {
          if (share.instance == i && share.Owns(arrival->sequence)) {
            ++planned[w];
          }
        }
      }
    }
    EXPECT_EQ(census.instances[i], expected);
    for (size_t w = 0; w < partition.size(); ++w) {
      EXPECT_EQ(census.planned[w][i], planned[w]);
    }
    total.count += expected.count;
    total.digest += expected.digest;
  }
  EXPECT_EQ(census.total.count, total.count);
  EXPECT_EQ(census.total.digest, total.digest);
  EXPECT_EQ(census.total.peak_per_s, total.peak_per_s);
  EXPECT_EQ(census.PlannedOf(0) + census.PlannedOf(1) + census.PlannedOf(2),
            total.count);
}

TEST(Census, TheTotalIsFromTheFirstOfAllToTheLastOfAll) {
  for (const bool swapped : {false, true}) {
    std::vector<InstancePlan> instances = {List("long", {1, 8}, 10),
                                           List("short", {2, 3}, 10)};
    if (swapped) std::swap(instances[0], instances[1]);
    const Plan plan = PlanOf(std::move(instances));
    const InstanceCensus total = TakeCensus(plan, {}).total;
    EXPECT_EQ(total.count, 4u);
    EXPECT_EQ(total.first_ns, 1'000'000'000);
    EXPECT_EQ(total.last_ns, 9'000'000'000);
  }
}

TEST(Census, APeakIsOfOneSecondOverAllInstances) {
  // Seconds 1 and 3 have two each of "a"; "b" has three in second 3; an arrival
  // on a second's edge belongs to what begins there.
  const Plan plan = PlanOf({List("a", {1, 0.5, 1.5, 0.5}, 10),
                            List("b", {2.9999, 0.0001, 0.5, 0.4999}, 10)});
  const Census census = TakeCensus(plan, {});
  EXPECT_EQ(census.instances[0].peak_per_s, 2u);
  EXPECT_EQ(census.instances[1].peak_per_s, 3u);
  EXPECT_EQ(census.total.peak_per_s, 5u);
}

TEST(Census, TheNumberOfWorkersChangesNothingButTheirShares) {
  const Plan plan = MixedPlan();
  const Census one = TakeCensus(plan, PartitionPlan(plan, 1));
  for (size_t workers : {2u, 3u, 7u, 50u}) {
    const Census census = TakeCensus(plan, PartitionPlan(plan, workers));
    EXPECT_EQ(census.instances, one.instances);
    EXPECT_EQ(census.total, one.total);
    uint64_t sum = 0;
    for (size_t w = 0; w < workers; ++w) sum += census.PlannedOf(w);
    EXPECT_EQ(sum, one.total.count);
  }
}

TEST(OwnerTable, NamesTheWorkerWhoseShareOwnsTheInvocation) {
  const Plan plan = MixedPlan();
  for (size_t workers : {1u, 2u, 3u, 7u}) {
    const auto partition = PartitionPlan(plan, workers);
    const OwnerTable owners(partition, plan.instances.size());
    for (size_t w = 0; w < workers; ++w) {
      for (const Share& share : partition[w]) {
        for (uint64_t sequence = 0; sequence < 100; ++sequence) {
          if (!share.Owns(sequence)) continue;
          EXPECT_EQ(owners.Owner(share.instance, sequence), w);
        }
      }
    }
  }
}

TEST(OwnerTable, CountOwnedEqualsCounting) {
  for (uint64_t stripes = 1; stripes <= 5; ++stripes) {
    for (uint64_t index = 0; index < stripes; ++index) {
      const Share share{0, index, stripes};
      uint64_t owned = 0;
      for (uint64_t count = 0; count < 20; ++count) {
        EXPECT_EQ(CountOwned(share, count), owned);
        if (share.Owns(count)) ++owned;
      }
    }
  }
}

TEST(MergedArrivals, ComeByTimeThenInstanceThenSequence) {
  const Plan plan = PlanOf({List("b", {1, 0, 1}, 10), List("a", {1, 1}, 10),
                            List("c", {}, 10), List("d", {0.5}, 10)});
  MergedArrivals arrivals(plan);
  std::vector<std::string> order;
  while (const auto item = arrivals.Next()) {
    order.push_back(plan.instances[item->instance].name +
                    std::to_string(item->arrival.sequence));
  }
  EXPECT_THAT(order, ElementsAre("d0", "b0", "b1", "a0", "b2", "a1"));
  EXPECT_FALSE(arrivals.Next().has_value());
}

TEST(MergedArrivals, HoldEveryArrivalInOrder) {
  std::vector<InstancePlan> instances;
  for (int i = 0; i < 37; ++i) {
    instances.push_back(Instance("i" + std::to_string(i), ArrivalKind::kPoisson,
                                 1 + i * 3, 10));
  }
  const Plan plan = PlanOf(std::move(instances));
  MergedArrivals arrivals(plan);
  std::vector<uint64_t> next_sequence(plan.instances.size());
  uint64_t count = 0;
  int64_t last_ns = 0;
  size_t last_instance = 0;
  while (const auto item = arrivals.Next()) {
    EXPECT_EQ(item->arrival.sequence, next_sequence[item->instance]++);
    EXPECT_GE(std::make_pair(item->arrival.scheduled_ns, item->instance),
              std::make_pair(last_ns, last_instance));
    last_ns = item->arrival.scheduled_ns;
    last_instance = item->instance;
    ++count;
  }
  EXPECT_EQ(count, TakeCensus(plan, {}).total.count);
}

TEST(Census, TheDigestOfAWorkerIsThatOfItsCalls) {
  const Plan plan = MixedPlan();
  const auto partition = PartitionPlan(plan, 3);
  const Census census = TakeCensus(plan, partition);
  uint64_t sum = 0;
  for (size_t worker = 0; worker < partition.size(); ++worker) {
    uint64_t digest = 0;
    for (const Share& share : partition[worker]) {
      const InstancePlan& instance = plan.instances[share.instance];
      auto stream = MakeArrivalStream(instance.arrivals);
      while (const auto arrival = stream->Next()) {
        if (!share.Owns(arrival->sequence)) continue;
        digest += DigestTerm(HashName(instance.name), arrival->sequence,
                             arrival->scheduled_ns);
      }
    }
    EXPECT_EQ(census.digests[worker], digest) << worker;
    sum += digest;
  }
  EXPECT_EQ(sum, census.total.digest);
}

}  // namespace
}  // namespace invocator
