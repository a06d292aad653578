#include "coordinator/conductor/report_collector.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <vector>

#include "proto/fleet.pb.h"
#include "tests/support/roster_fixture.h"

namespace invocator {
namespace {

class NotingSink final : public ResultSink {
 public:
  absl::Status OnProgress(size_t worker, const ProgressReader&) override {
    ++progress_;
    last_worker_ = worker;
    return status_;
  }
  void OnPieces(size_t, const std::vector<Piece>& pieces) override {
    pieces_ = pieces;
  }
  absl::Status OnRecords(size_t, const wire::RecordBatch&) override {
    ++records_;
    return status_;
  }
  absl::Status OnDone(size_t) override {
    ++dones_;
    return status_;
  }
  bool LacksOnly(size_t, const std::vector<Piece>&, int64_t ns) override {
    return lacks_only_before_ns_ <= ns;
  }
  void OnTick(double) override {}

  absl::Status status_;
  int progress_ = 0;
  int records_ = 0;
  int64_t lacks_only_before_ns_ = INT64_MAX;
  std::vector<Piece> pieces_;
  int dones_ = 0;
  size_t last_worker_ = SIZE_MAX;
};

class ReportCollectorTest : public RosterFixture {
 protected:
  ReportCollectorTest() {
    AddWorkers(2);
    losses_.BeginPlaying(plan_, kDrain);
    StartAll(losses_);
    collector_.Open(sink_);
  }
  static wire::Report Progress(uint64_t number) {
    wire::Report report;
    report.set_number(number);
    report.mutable_progress();
    return report;
  }
  static wire::Report Done(uint64_t number) {
    wire::Report report;
    report.set_number(number);
    report.mutable_done()->set_schedule_exhausted(true);
    return report;
  }
  absl::Status Take(const wire::Report& report, size_t index = 1) {
    return collector_.Take(At(index), report, /*run_ns=*/5 * kS);
  }

  Losses losses_{*fleet_, clock_, roster_, heartbeat_, OnWorkerLoss::kFinish,
                 Terms()};
  NotingSink sink_;
  StopOrder stop_{*fleet_, clock_, roster_, losses_};
  ReportCollector collector_{*fleet_, clock_, roster_, losses_, stop_};
};

TEST_F(ReportCollectorTest, ReportsAreTakenInTheirOrderAndOnce) {
  EXPECT_TRUE(Take(Progress(1)).ok());
  EXPECT_TRUE(Take(Progress(2)).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(Take(Progress(2))));
  EXPECT_TRUE(absl::IsInvalidArgument(Take(Progress(4))));
  EXPECT_TRUE(absl::IsInvalidArgument(Take(Progress(0))));
  EXPECT_EQ(sink_.progress_, 2);
  EXPECT_EQ(sink_.last_worker_, 1u);
  EXPECT_EQ(At(1).reports.merged, 2u);
  EXPECT_EQ(At(0).reports.merged, 0u);
}

TEST_F(ReportCollectorTest, AReportIsASignOfLife) {
  clock_.Advance(3 * kS);
  EXPECT_TRUE(Take(Progress(1)).ok());
  EXPECT_EQ(At(1).reports.last_ns, clock_.NowNs());
  EXPECT_LT(At(0).reports.last_ns, clock_.NowNs());
}

TEST_F(ReportCollectorTest, OneThatTheSinkRefusesIsNotTaken) {
  sink_.status_ = absl::InvalidArgumentError("no");
  EXPECT_EQ(Take(Progress(1)), sink_.status_);
  EXPECT_EQ(At(1).reports.merged, 0u);
}

TEST_F(ReportCollectorTest, RecordsGoToTheSink) {
  wire::Report report;
  report.set_number(1);
  report.mutable_records();
  EXPECT_TRUE(Take(report).ok());
  EXPECT_EQ(sink_.records_, 1);
  EXPECT_EQ(sink_.pieces_, At(1).pieces);
}

TEST_F(ReportCollectorTest, ADoneThatTheSinkRefusesIsNone) {
  sink_.status_ = absl::InvalidArgumentError("no");
  EXPECT_EQ(Take(Done(1)), sink_.status_);
  EXPECT_FALSE(At(1).done.has_value());
  sink_.status_ = absl::OkStatus();
  EXPECT_TRUE(Take(Done(1)).ok());
  EXPECT_EQ(sink_.dones_, 2);
}

TEST_F(ReportCollectorTest, AReportOfNothingIsRefused) {
  wire::Report report;
  report.set_number(1);
  EXPECT_TRUE(absl::IsInvalidArgument(Take(report)));
}

TEST_F(ReportCollectorTest, NothingComesAfterDone) {
  EXPECT_TRUE(Take(Done(1)).ok());
  EXPECT_TRUE(At(1).done.has_value());
  EXPECT_TRUE(absl::IsInvalidArgument(Take(Progress(2))));
  EXPECT_TRUE(absl::IsInvalidArgument(Take(Done(2))));
  EXPECT_FALSE(At(1).lost());
}

TEST_F(ReportCollectorTest, NothingIsTakenBeforeThePlaying) {
  ReportCollector collector(*fleet_, clock_, roster_, losses_, stop_);
  EXPECT_TRUE(absl::IsInvalidArgument(collector.Take(At(1), Progress(1), 0)));
}

TEST_F(ReportCollectorTest, WhoStoppedWithItsLeaseIsLostThoughItTellsAll) {
  wire::Report done = Done(1);
  done.mutable_done()->set_lease_ended(true);
  EXPECT_TRUE(Take(done).ok());
  EXPECT_TRUE(At(1).lost());
  EXPECT_FALSE(At(1).loss.given_up);
}

// The plan lasts 60 s.
TEST_F(ReportCollectorTest, WhoEndsInTheMiddleWithoutAReasonIsLost) {
  wire::Report done = Done(1);
  done.mutable_done()->set_schedule_exhausted(false);
  const auto is_lost = [&](int64_t run_ns) {
    EXPECT_TRUE(collector_.Take(At(1), done, run_ns).ok());
    const bool lost = At(1).lost();
    At(1).done.reset();
    At(1).loss.why = absl::OkStatus();
    At(1).reports.merged = 0;
    return lost;
  };
  EXPECT_TRUE(is_lost(5 * kS));
  EXPECT_TRUE(is_lost(59 * kS));
  EXPECT_TRUE(is_lost(61 * kS));
  EXPECT_FALSE(is_lost(62 * kS)) << "the drain's end";
  sink_.lacks_only_before_ns_ = 20 * kS;
  // Clocks may differ by one part in a thousand, beside the margin.
  EXPECT_TRUE(is_lost(22 * kS - kLeaseMargin - 23 * kS / 1'000));
  EXPECT_FALSE(is_lost(22 * kS - kLeaseMargin)) << "of all that it lacks";
  sink_.lacks_only_before_ns_ = INT64_MAX;
  At(1).extends.emplace_back();
  EXPECT_FALSE(is_lost(60 * kS)) << "it may have come too late";
  EXPECT_TRUE(is_lost(59 * kS));
  At(1).extends.clear();
  At(1).leave.at_ns = 6 * kS;
  EXPECT_FALSE(is_lost(5 * kS));
  At(1).leave.at_ns.reset();
  EXPECT_TRUE(is_lost(5 * kS));
  losses_.OnStop(/*now=*/true);
  EXPECT_FALSE(is_lost(5 * kS));
}

// As the plan's end: nobody may end before the drain is over.
TEST_F(ReportCollectorTest, WhoEndsBeforeAnOrderedInstantWithoutAReasonIsLost) {
  stop_.GiveFrom(20 * kS);
  wire::Report done = Done(1);
  done.mutable_done()->set_schedule_exhausted(false);
  done.mutable_done()->set_stopped_from_ns(20 * kS);
  const auto is_lost = [&](int64_t run_ns) {
    EXPECT_TRUE(collector_.Take(At(1), done, run_ns).ok());
    const bool lost = At(1).lost();
    At(1).done.reset();
    At(1).loss.why = absl::OkStatus();
    At(1).reports.merged = 0;
    return lost;
  };
  EXPECT_TRUE(is_lost(5 * kS));
  EXPECT_TRUE(is_lost(21 * kS));
  EXPECT_FALSE(is_lost(22 * kS)) << "the drain's end";
  EXPECT_EQ(At(1).pieces[0].until_ns, 20 * kS);
}

TEST_F(ReportCollectorTest, ASignOfLifeBringsNothing) {
  clock_.Advance(kS);
  const int64_t before_ns = clock_.NowNs();
  ASSERT_TRUE(Take(Progress(1)).ok());
  EXPECT_LT(At(1).reports.brought_ns, before_ns);
  wire::Report counts = Progress(2);
  counts.mutable_progress()->add_instances();
  ASSERT_TRUE(Take(counts).ok());
  EXPECT_EQ(At(1).reports.brought_ns, before_ns);
  clock_.Advance(kS);
  wire::Report rows;
  rows.set_number(3);
  rows.mutable_records();
  ASSERT_TRUE(Take(rows).ok());
  EXPECT_EQ(At(1).reports.brought_ns, before_ns + kS);
}

TEST_F(ReportCollectorTest, AFirstReasonOfALossStays) {
  losses_.Lose(At(1), absl::UnavailableError("first"), /*for_good=*/false);
  wire::Report done = Done(1);
  done.mutable_done()->set_lease_ended(true);
  EXPECT_TRUE(Take(done).ok());
  EXPECT_EQ(At(1).loss.why.message(), "first");
}

// What cannot have come of a run that began 5 s ago.
TEST_F(ReportCollectorTest, NumbersThatCannotBeAreRefused) {
  const int64_t most_ns = 65 * kS;
  using Change = void (*)(wire::Done&, int64_t);
  for (const Change set :
       {Change([](wire::Done&d, int64_t ns) { d.set_start_error_ns(ns); }),
        Change([](wire::Done&d, int64_t ns) { d.set_last_sent_ns(ns); }),
        Change([](wire::Done&d, int64_t ns) { d.set_ended_ns(ns); })}) {
    for (int64_t ns : {int64_t{-1}, most_ns + 1}) {
      wire::Report report = Done(1);
      set(*report.mutable_done(), ns);
      EXPECT_TRUE(absl::IsInvalidArgument(Take(report))) << ns;
      EXPECT_FALSE(At(1).done.has_value());
    }
  }
  wire::Report report = Done(1);
  report.mutable_done()->set_cpu_s(NAN);
  EXPECT_TRUE(absl::IsInvalidArgument(Take(report)));
  report = Done(1);
  report.mutable_done()->add_engines()->set_busy_ratio(INFINITY);
  EXPECT_TRUE(absl::IsInvalidArgument(Take(report)));
  report = Done(1);
  report.mutable_done()->add_engines()->set_at_limit_s(NAN);
  EXPECT_TRUE(absl::IsInvalidArgument(Take(report)));
  report = Done(1);
  for (const double ratio : {-0.1, 1.1}) {
    report = Done(1);
    report.mutable_done()->add_engines()->set_busy_ratio(ratio);
    EXPECT_TRUE(absl::IsInvalidArgument(Take(report))) << ratio;
  }
  for (const double at_limit_s : {-0.1, 65.1}) {
    report = Done(1);
    report.mutable_done()->add_engines()->set_at_limit_s(at_limit_s);
    EXPECT_TRUE(absl::IsInvalidArgument(Take(report))) << at_limit_s;
  }
  for (const double cpu_s : {-0.1, 1e300}) {
    report = Done(1);
    report.mutable_done()->set_cpu_s(cpu_s);
    EXPECT_TRUE(absl::IsInvalidArgument(Take(report))) << cpu_s;
  }
  report = Done(1);
  for (int i = 0; i < 4'097; ++i) report.mutable_done()->add_engines();
  EXPECT_TRUE(absl::IsInvalidArgument(Take(report)));
  report.mutable_done()->mutable_engines()->RemoveLast();
  report.mutable_done()->set_start_error_ns(most_ns);
  report.mutable_done()->set_last_sent_ns(0);
  report.mutable_done()->set_ended_ns(most_ns);
  EXPECT_TRUE(Take(report).ok());
}

TEST_F(ReportCollectorTest, OneAckIsForAllReportsSinceTheLast) {
  ASSERT_TRUE(Take(Progress(1)).ok());
  ASSERT_TRUE(Take(Progress(2)).ok());
  collector_.SendAcks();
  EXPECT_EQ(At(1).reports.acked, 2u);
  ASSERT_TRUE(Take(Progress(3)).ok());
  roster_.Move(1, std::nullopt);
  collector_.SendAcks();
  EXPECT_EQ(At(1).reports.acked, 2u);  // there was nobody to tell
}

}  // namespace
}  // namespace invocator
