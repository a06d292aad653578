// A worker that answers pings, but may report nothing: its leases.
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <thread>

#include "coordinator/conductor/losses.h"
#include "tests/support/fake_worker.h"
#include "tests/support/roster_fixture.h"

namespace invocator {
namespace {

// Of the steady clock, which the fake one does not move.
Fleet::Deadline In(std::chrono::seconds length) {
  return std::chrono::steady_clock::now() + length;
}

class ReportLeaseTest : public RosterFixture {
 protected:
  ReportLeaseTest() {
    RunWorker& worker =
        roster_.Add(fleet_->Next(In(FakeWorker::kDeadline))->session, {});
    worker.stage = RunWorker::Stage::kStarted;
    worker.reports.last_ns = clock_.NowNs();
    pulse_.Watch(worker.member_key, worker.session, {});
    pulse_.Beat();
    losses_.BeginPlaying(plan_, kDrain);
    losses_.Tend();
  }
  ~ReportLeaseTest() override { fleet_->Close(absl::OkStatus()); }

  static constexpr int64_t kLease = 3'600 * kS;

  // It had been heard of whenever that is asked, and is not lost.
  static LeaseTerms AlwaysHeard() {
    LeaseTerms terms = Terms();
    terms.length = absl::Nanoseconds(kLease);
    terms.silence = absl::InfiniteDuration();
    return terms;
  }
  // The answer to the last ping.
  void AwaitPong() {
    const auto end = In(FakeWorker::kDeadline);
    while (!fleet_->HasUnread(*At(0).session) &&
           std::chrono::steady_clock::now() < end) {
      std::this_thread::yield();
    }
  }
  void TakePong() { fleet_->Next(In(FakeWorker::kDeadline)); }
  void Pass(int64_t ns) {
    for (int64_t passed = 0; passed < ns; passed += 100 * kMs) {
      clock_.Advance(100 * kMs);
      losses_.Tend();
    }
  }
  // Of the one that it would get now, or has.
  int64_t LeaseEndsInNs() {
    pulse_.Beat();
    TakePong();
    return pulse_.LeasedUntilNs(At(0).member_key) - clock_.NowNs();
  }

  FakeWorker worker_{fleet_->InProcessChannel(), [](FakeWorker& worker) {
                       worker.SayHello();
                       worker.Finish();  // answers pings until then
                     }};
  Heartbeat pulse_{*fleet_, clock_, AlwaysHeard()};
  Losses losses_{*fleet_,      clock_, roster_, pulse_, OnWorkerLoss::kFinish,
                 AlwaysHeard()};
};

TEST_F(ReportLeaseTest, OneThatReportsAgainGetsLeasesAgain) {
  TakePong();
  Pass(10 * kS);
  ASSERT_TRUE(At(0).loss.mute);
  EXPECT_EQ(LeaseEndsInNs(), kLease - 10 * kS);
  At(0).reports.last_ns = clock_.NowNs();
  Pass(100 * kMs);
  EXPECT_EQ(LeaseEndsInNs(), kLease);
}

TEST_F(ReportLeaseTest, AMessageThatWaitsIsTakenForAReportOnlySoLong) {
  AwaitPong();
  Pass(20 * kS - 100 * kMs);
  EXPECT_FALSE(At(0).loss.mute);
  Pass(100 * kMs);
  EXPECT_TRUE(At(0).loss.mute);
}

}  // namespace
}  // namespace invocator
