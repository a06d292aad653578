// Parts of the coordinator with a roster whose workers are not there, on a
// clock that moves when told to.
#ifndef INVOCATOR_TESTS_SUPPORT_ROSTER_FIXTURE_H_
#define INVOCATOR_TESTS_SUPPORT_ROSTER_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "coordinator/conductor/losses.h"
#include "coordinator/fleet/fleet.h"
#include "coordinator/fleet/heartbeat.h"
#include "coordinator/fleet/roster.h"
#include "proto/fleet.pb.h"
#include "tests/support/fake_clock.h"
#include "tests/support/plans.h"

namespace invocator {

class RosterFixture : public testing::Test {
 protected:
  static constexpr int64_t kMs = 1'000'000;
  static constexpr int64_t kS = 1'000 * kMs;
  static constexpr int64_t kLeaseMargin = 200 * kMs;
  static constexpr absl::Duration kDrain = absl::Seconds(2);

  RosterFixture() { clock_.Advance(1'000 * kS); }

  // Nobody is pinged but by Beat.
  static LeaseTerms Terms() {
    LeaseTerms terms;
    terms.ping_period = absl::Hours(1);
    return terms;
  }

  // A worker that is ready to play one of `of` equal shares.
  RunWorker& AddWorker(const std::string& name, uint64_t index, uint64_t of) {
    wire::Hello hello;
    hello.set_name(name);
    RunWorker& worker = roster_.Add(next_session_++, hello);
    worker.stage = RunWorker::Stage::kReady;
    worker.pieces = {{{{0, index, of}}}};
    heartbeat_.Watch(worker.member_key, worker.session, {});
    return worker;
  }
  void AddWorkers(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      AddWorker(std::string(1, static_cast<char>('a' + i)), i, count);
    }
  }
  // Everybody was told a start, which is now; leases are granted.
  void StartAll(Losses& losses) {
    heartbeat_.Beat();
    losses.SetStart(clock_.NowNs());
    for (RunWorker& worker : roster_.workers()) {
      worker.stage = RunWorker::Stage::kStarted;
      worker.start.answer = RunWorker::Start::Answer::kArmed;
      worker.start.begins_ns = worker.reports.last_ns = clock_.NowNs();
    }
  }
  RunWorker& At(size_t index) { return roster_[index]; }

  FakeSteadyClock clock_;
  std::unique_ptr<Fleet> fleet_ = *Fleet::Create("");
  Roster roster_;
  Heartbeat heartbeat_{*fleet_, clock_, Terms()};
  // Every 100 ms for 60 s.
  Plan plan_ =
      PlanOf({ListInstance("f", std::vector<double>(599, 0.1), 60)}, 60);
  size_t next_session_ = 100;
};

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_ROSTER_FIXTURE_H_
