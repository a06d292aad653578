// Property: workers' counts merge into the same timeline, for any division of
// the calls among workers and reports, and for any order of reports.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/books/merge.h"
#include "proto/fleet.pb.h"
#include "tests/support/binned_calls.h"
#include "tests/support/plans.h"
#include "worker/recording/tally.h"

namespace invocator {
namespace {

constexpr int64_t kS = 1'000'000'000;

struct Story {
  size_t instances;
  double duration_s;
  int64_t width_ns;  // of its bins
  int64_t last_bin;
  int64_t until_ns;  // of the calls
};

void PrintTo(const Story& story, std::ostream* out) {
  *out << story.instances << " instances, " << story.duration_s << " s";
}

// Few instances over long bins of two ticks, with calls after the last bin; and
// more instances than lanes over short bins.
constexpr Story kStories[] = {{5, 1'300, 2 * kS, 1'249, 2'600 * kS},
                              {70, 10, kS / 10, 699, 11 * kS}};

class MergeTimelineTest : public testing::TestWithParam<Story> {
 protected:
  MergeTimelineTest() {
    std::vector<InstancePlan> instances;
    for (size_t i = 0; i < GetParam().instances; ++i) {
      instances.push_back(
          ListInstance("f" + std::to_string(i), {}, GetParam().duration_s));
    }
    plan_ = PlanOf(std::move(instances), GetParam().duration_s);
    plan_.warmup_s = GetParam().duration_s / 3 + 0.0123;
    planned_.resize(plan_.instances.size());
    for (int i = 0; i < 3'000; ++i) {
      Record record = RandomCall(random_, GetParam().until_ns);
      // Some instances have many calls, so that lanes differ.
      record.instance =
          static_cast<uint32_t>(random_() % plan_.instances.size());
      record.instance =
          std::min(record.instance,
                   static_cast<uint32_t>(random_() % plan_.instances.size()));
      ++planned_[record.instance];
      // Every tenth is dropped.
      if (i % 10 == 0) {
        dropped_.push_back({record.instance, record.scheduled_ns});
      } else {
        records_.push_back(record);
      }
    }
  }

  bool InWarmup(int64_t scheduled_ns) const {
    return static_cast<double>(scheduled_ns) < plan_.warmup_s * 1e9;
  }

  // Divides the records among workers and reports, and merges the reports in
  // random order.
  void Play(size_t workers) {
    merger_.emplace(MergeScope{.planned = planned_,
                               .bins = TimeBins(plan_.duration_s),
                               .has_warmup = true,
                               .lanes = ChooseLanes(planned_),
                               .planned_bins = {}},
                    workers);
    std::shuffle(records_.begin(), records_.end(), random_);
    std::vector<std::vector<Record>> by_worker(workers);
    std::vector<std::vector<DroppedCall>> dropped_by_worker(workers);
    sent_by_worker_ = Plain(workers);
    for (const Record& record : records_) {
      const size_t worker = random_() % workers;
      by_worker[worker].push_back(record);
      sent_by_worker_[worker].Add(record);
    }
    for (const DroppedCall& call : dropped_) {
      dropped_by_worker[random_() % workers].push_back(call);
    }
    std::vector<std::pair<size_t, wire::Progress>> reports;
    for (size_t worker = 0; worker < workers; ++worker) {
      Tally tally(plan_, /*record_ratio=*/0);
      for (const DroppedCall& call : dropped_by_worker[worker]) {
        tally.AddDropped(call);
      }
      absl::Span<const Record> left = by_worker[worker];
      bool more = true;
      while (more || !left.empty()) {
        const size_t count = std::min<size_t>(left.size(), random_() % 400);
        wire::RecordBatch batch;
        RecordEncoder encoder(batch);
        tally.Add(left.first(count), encoder);
        left.remove_prefix(count);
        wire::Progress& progress =
            reports.emplace_back(worker, wire::Progress()).second;
        more = tally.TakeDeltas(1 + random_() % 50'000, progress);
      }
    }
    std::shuffle(reports.begin(), reports.end(), random_);
    for (const auto& [worker, progress] : reports) {
      const absl::Status status = merger_->Add(worker, progress);
      ASSERT_TRUE(status.ok()) << status;
    }
  }

  static PlainBins Plain() {
    return PlainBins(GetParam().width_ns, GetParam().last_bin);
  }
  static std::vector<PlainBins> Plain(size_t count) {
    std::vector<PlainBins> plain;
    for (size_t i = 0; i < count; ++i) plain.push_back(Plain());
    return plain;
  }

  std::mt19937_64 random_{11};
  Plan plan_;
  std::vector<uint64_t> planned_;
  std::vector<Record> records_;
  std::vector<DroppedCall> dropped_;
  std::optional<Merger> merger_;
  std::vector<PlainBins> sent_by_worker_;
};

testing::AssertionResult SameCounts(const BinCounts& a, const BinTotals& b) {
  if (a.sent == b.sent && a.dropped == b.dropped && a.cold == b.cold &&
      a.outcomes == b.outcomes) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure()
         << "sent " << a.sent << ", " << b.sent << "; dropped " << a.dropped
         << ", " << b.dropped << "; cold " << a.cold << ", " << b.cold;
}

TEST_P(MergeTimelineTest, EveryBinHoldsTheCallsOfItsInstants) {
  PlainBins whole = Plain();
  const Lanes lanes = ChooseLanes(planned_);
  std::vector<PlainBins> by_lane = Plain(lanes.size());
  for (const Record& record : records_) {
    whole.Add(record);
    by_lane[lanes.of_instance[record.instance]].Add(record);
  }
  for (const DroppedCall& call : dropped_) {
    whole.AddDropped(call.scheduled_ns);
    by_lane[lanes.of_instance[call.instance]].AddDropped(call.scheduled_ns);
  }
  for (const size_t workers : {1u, 2u, 3u, 7u}) {
    ASSERT_NO_FATAL_FAILURE(Play(workers));
    const Timeline& timeline = merger_->timeline();
    ASSERT_EQ(timeline.bins().width_ns(), GetParam().width_ns);
    ASSERT_EQ(timeline.rows(), std::max(timeline.bins().planned(),
                                        whole.bins().rbegin()->first + 1));
    for (uint32_t bin = 0; bin < timeline.rows(); ++bin) {
      ASSERT_TRUE(SameCounts(timeline.Counts(bin), whole[bin])) << bin;
      ASSERT_TRUE(Same(timeline.Response(bin), whole[bin].response)) << bin;
      ASSERT_TRUE(Same(timeline.Lateness(bin), whole[bin].lateness)) << bin;
      ASSERT_TRUE(Same(timeline.Service(bin), whole[bin].service)) << bin;
      ASSERT_TRUE(Same(timeline.FirstByte(bin), whole[bin].first_byte)) << bin;
      for (size_t lane = 0; lane < lanes.size(); ++lane) {
        const BinTotals& expected = by_lane[lane][bin];
        ASSERT_TRUE(SameCounts(timeline.Counts(lane, bin), expected)) << bin;
        ASSERT_TRUE(Same(timeline.Response(lane, bin), expected.response));
      }
      for (size_t worker = 0; worker < workers; ++worker) {
        const BinTotals& expected = sent_by_worker_[worker][bin];
        ASSERT_EQ(timeline.WorkerSent(worker, bin), expected.sent) << bin;
        ASSERT_TRUE(
            Same(timeline.WorkerLateness(worker, bin), expected.lateness));
      }
    }
  }
}

TEST_P(MergeTimelineTest, TheSumsOverTheBinsAreTheTotals) {
  ASSERT_NO_FATAL_FAILURE(Play(/*workers=*/3));
  Totals total;
  for (const Totals& instance : merger_->instances()) total.Merge(instance);
  for (const Totals& instance : merger_->warmup()) total.Merge(instance);
  const Timeline& timeline = merger_->timeline();
  BinTotals sum;
  for (uint32_t bin = 0; bin < timeline.rows(); ++bin) {
    const BinCounts counts = timeline.Counts(bin);
    sum.sent += counts.sent;
    sum.dropped += counts.dropped;
    sum.cold += counts.cold;
    for (size_t i = 0; i < kOutcomes; ++i) {
      sum.outcomes[i] += counts.outcomes[i];
    }
    sum.lateness.Merge(timeline.Lateness(bin));
    sum.service.Merge(timeline.Service(bin));
    sum.response.Merge(timeline.Response(bin));
    sum.first_byte.Merge(timeline.FirstByte(bin));
  }
  sum.warm = total.warm;  // the timeline does not have it
  EXPECT_TRUE(Same(sum, total));
  EXPECT_EQ(total.sent, records_.size());
}

TEST_P(MergeTimelineTest, PhasesHoldTheCallsThatAreScheduledInThem) {
  std::map<std::pair<size_t, bool>, Totals> expected;
  for (const Record& record : records_) {
    Totals& totals = expected[{record.instance, InWarmup(record.scheduled_ns)}];
    ++totals.sent;
    ++totals.outcomes[static_cast<size_t>(record.outcome)];
    totals.lateness.Add(record.sent_ns - record.scheduled_ns);
    if (record.warmth == Warmth::kCold) {
      totals.cold_service.Add(record.done_ns - record.sent_ns);
    }
    if (record.outcome == Outcome::kAborted) continue;
    totals.response.Add(record.done_ns - record.scheduled_ns);
  }
  ASSERT_NO_FATAL_FAILURE(Play(/*workers=*/4));
  for (size_t i = 0; i < planned_.size(); ++i) {
    uint64_t touched = 0;
    for (const bool warmup : {false, true}) {
      const Totals& actual =
          (warmup ? merger_->warmup() : merger_->instances())[i];
      const Totals& of = expected[{i, warmup}];
      EXPECT_EQ(actual.sent, of.sent);
      EXPECT_EQ(actual.outcomes, of.outcomes);
      EXPECT_TRUE(Same(actual.lateness, of.lateness));
      EXPECT_TRUE(Same(actual.response, of.response));
      EXPECT_TRUE(Same(actual.cold_service, of.cold_service));
      touched += actual.sent + actual.dropped;
    }
    EXPECT_EQ(touched, planned_[i]);
    uint64_t told = 0;
    uint64_t told_in_warmup = 0;
    for (size_t worker = 0; worker < 4; ++worker) {
      told += merger_->touched(worker)[i];
      told_in_warmup += merger_->touched_in_warmup(worker)[i];
    }
    EXPECT_EQ(told, planned_[i]);
    EXPECT_EQ(told_in_warmup,
              merger_->warmup()[i].sent + merger_->warmup()[i].dropped);
  }
}

TEST_P(MergeTimelineTest, WorkersHaveTheCountsOfBothPhases) {
  ASSERT_NO_FATAL_FAILURE(Play(/*workers=*/2));
  for (size_t worker = 0; worker < 2; ++worker) {
    uint64_t sent = 0;
    Histogram lateness;
    for (const auto& [bin, totals] : sent_by_worker_[worker].bins()) {
      sent += totals.sent;
      lateness.Merge(totals.lateness);
    }
    EXPECT_EQ(merger_->workers()[worker].sent, sent);
    EXPECT_TRUE(Same(merger_->workers()[worker].lateness, lateness));
    EXPECT_EQ(merger_->workers()[worker].response.count(), 0u);
  }
}

std::string NameOf(const testing::TestParamInfo<Story>& info) {
  return std::to_string(info.param.instances) + "Instances";
}

INSTANTIATE_TEST_SUITE_P(Merger, MergeTimelineTest, testing::ValuesIn(kStories),
                         NameOf);

}  // namespace
}  // namespace invocator
