#include "coordinator/conductor/departures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "proto/fleet.pb.h"
#include "tests/support/roster_fixture.h"

namespace invocator {
namespace {

using testing::HasSubstr;

// Knows the latest instant of what each worker has reported.
class LatestSink final : public ResultSink {
 public:
  absl::Status OnProgress(size_t, const ProgressReader&) override {
    return absl::OkStatus();
  }
  absl::Status OnRecords(size_t, const wire::RecordBatch&) override {
    return absl::OkStatus();
  }
  void OnTick(double) override {}
  absl::Status CheckSilence(size_t worker, const std::vector<Piece>& pieces,
                            int64_t from_ns) const override {
    pieces_ = pieces.size();
    return latest_ns_[worker] < from_ns ? absl::OkStatus()
                                        : absl::InvalidArgumentError("told");
  }

  std::vector<int64_t> latest_ns_ = std::vector<int64_t>(4, -1);
  mutable size_t pieces_ = 0;  // of the last question
};

class DeparturesTest : public RosterFixture {
 protected:
  void Play(OnWorkerLoss policy, size_t workers) {
    AddWorkers(workers);
    losses_.emplace(*fleet_, clock_, roster_, heartbeat_, policy, Terms());
    losses_->BeginPlaying(plan_, kDrain);
    StartAll(*losses_);
    departures_.emplace(*fleet_, roster_, heartbeat_, *losses_);
    departures_->Open(sink_);
  }
  absl::Status Leave(size_t index, int64_t from_ns, uint64_t extends = 0,
                     bool begun = true) {
    wire::Leave leave;
    leave.set_from_ns(from_ns);
    leave.set_extends(extends);
    return departures_->Take(At(index), leave, begun, run_ns_);
  }
  void SayDone(size_t index, bool exhausted = true) {
    At(index).done.emplace().schedule_exhausted = exhausted;
  }

  LatestSink sink_;
  int64_t run_ns_ = 2 * kS;
  std::optional<Losses> losses_;
  std::optional<Departures> departures_;
};

TEST_F(DeparturesTest, ALeaverIsNamedWithItsInstantAndItsHeirs) {
  Play(OnWorkerLoss::kReplan, 2);
  EXPECT_TRUE(Leave(0, 3'240 * kMs).ok());
  EXPECT_EQ(At(0).leave.notice,
            "worker a left at 3.2 s: worker b plays its later "
            "invocations");
  EXPECT_EQ(At(0).leave.at_ns, 3'240 * kMs);
  EXPECT_FALSE(At(0).lost());
}

TEST_F(DeparturesTest, TheSameAgainIsNothingNew) {
  Play(OnWorkerLoss::kReplan, 2);
  ASSERT_TRUE(Leave(0, 3 * kS).ok());
  EXPECT_TRUE(Leave(0, 3 * kS).ok());
  EXPECT_EQ(At(1).extends.size(), 1u);
  SayDone(0);
  EXPECT_TRUE(Leave(0, 3 * kS).ok());
}

TEST_F(DeparturesTest, AnotherInstantIsOutOfOrder) {
  Play(OnWorkerLoss::kReplan, 2);
  ASSERT_TRUE(Leave(0, 3 * kS).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(Leave(0, 3 * kS + 1)));
  EXPECT_EQ(At(0).leave.at_ns, 3 * kS);
}

TEST_F(DeparturesTest, WhatCannotBeIsOutOfOrder) {
  Play(OnWorkerLoss::kReplan, 4);
  EXPECT_TRUE(absl::IsInvalidArgument(Leave(0, -1)));
  EXPECT_TRUE(absl::IsInvalidArgument(Leave(0, kS, /*extends=*/1)));
  At(1).stage = RunWorker::Stage::kReady;
  EXPECT_TRUE(absl::IsInvalidArgument(Leave(1, kS)));
  SayDone(2);
  EXPECT_TRUE(absl::IsInvalidArgument(Leave(2, kS)));
  EXPECT_TRUE(absl::IsAborted(Leave(3, kS, 0, /*begun=*/false)));
  for (const RunWorker& worker : roster_.workers()) {
    EXPECT_FALSE(worker.leave.at_ns);
    EXPECT_TRUE(worker.extends.empty());
  }
}

TEST_F(DeparturesTest, AnInstantIsNearNow) {
  Play(OnWorkerLoss::kReplan, 3);
  run_ns_ = 30 * kS;
  for (const int64_t from_ns :
       {20 * kS - 1, 40 * kS + 1, int64_t{0}, INT64_MAX}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Leave(0, from_ns))) << from_ns;
  }
  run_ns_ = -kS;  // before the start
  EXPECT_TRUE(absl::IsInvalidArgument(Leave(0, 9 * kS + 1)));
  run_ns_ = 30 * kS;
  EXPECT_FALSE(At(0).leave.at_ns);
  EXPECT_TRUE(Leave(0, 20 * kS).ok());
  EXPECT_TRUE(Leave(1, 40 * kS).ok());
}

TEST_F(DeparturesTest, NothingOfWhatItLeavesWasReported) {
  Play(OnWorkerLoss::kReplan, 2);
  sink_.latest_ns_[1] = 3 * kS;
  EXPECT_TRUE(absl::IsInvalidArgument(Leave(1, 3 * kS)));
  EXPECT_FALSE(At(1).leave.at_ns);
  EXPECT_TRUE(At(0).extends.empty());
  EXPECT_TRUE(Leave(1, 3 * kS + 1).ok());
}

TEST_F(DeparturesTest, WhatItHasNotTakenIsNoPieceOfIts) {
  Play(OnWorkerLoss::kReplan, 3);
  losses_->Lose(At(0), absl::UnavailableError("gone"), /*for_good=*/false);
  ASSERT_EQ(At(1).pieces.size(), 2u);
  ASSERT_TRUE(Leave(1, 3 * kS, /*extends=*/0).ok());
  EXPECT_EQ(sink_.pieces_, 1u);
}

TEST_F(DeparturesTest, AFailureBeforeTheStartSentNothingUnlessItHasReported) {
  Play(OnWorkerLoss::kReplan, 3);
  const int64_t start_ns = At(0).start.begins_ns;
  departures_->OnFailure(At(0), start_ns);
  EXPECT_TRUE(At(0).started());
  sink_.latest_ns_[1] = 0;
  departures_->OnFailure(At(1), start_ns - 1);
  EXPECT_TRUE(At(1).started());
  departures_->OnFailure(At(2), start_ns - 1);
  EXPECT_FALSE(At(2).started());
}

TEST_F(DeparturesTest, ALeaveAtTheStartLeavesEverything) {
  Play(OnWorkerLoss::kReplan, 2);
  EXPECT_TRUE(Leave(0, 0).ok());
  ASSERT_EQ(At(1).extends.size(), 1u);
  EXPECT_EQ(At(1).extends[0].from_ns, 0);
}

TEST_F(DeparturesTest, OneLostBeforeGivesNothingAwayASecondTime) {
  Play(OnWorkerLoss::kReplan, 2);
  losses_->Lose(At(0), absl::UnavailableError("gone"), /*for_good=*/false);
  ASSERT_EQ(At(1).extends.size(), 1u);
  EXPECT_TRUE(Leave(0, 12 * kS).ok());
  EXPECT_EQ(At(1).extends.size(), 1u);
  EXPECT_EQ(At(0).leave.notice,
            "worker a left at 12.0 s: it was lost before the coordinator heard "
            "of it");
}

TEST_F(DeparturesTest, ExtendsThatItHasNotTakenGoToTheNext) {
  Play(OnWorkerLoss::kReplan, 3);
  losses_->Lose(At(0), absl::UnavailableError("gone"), /*for_good=*/false);
  ASSERT_EQ(At(1).extends.size(), 1u);
  ASSERT_EQ(At(2).extends.size(), 1u);
  EXPECT_TRUE(Leave(1, 12 * kS, /*extends=*/0).ok());
  EXPECT_TRUE(At(1).extends.empty());
  EXPECT_EQ(At(2).extends.size(), 3u);  // its own, the untaken, and the rest
}

TEST_F(DeparturesTest, ALeaverStaysUntilItIsDone) {
  Play(OnWorkerLoss::kReplan, 2);
  ASSERT_TRUE(Leave(0, kS).ok());
  departures_->LetGo();
  EXPECT_TRUE(At(0).session.has_value());
  SayDone(0);
  departures_->LetGo();
  EXPECT_FALSE(At(0).session.has_value());
  EXPECT_TRUE(At(1).session.has_value());
}

TEST_F(DeparturesTest, WhoHasPlayedToTheEndIsNotLetGo) {
  Play(OnWorkerLoss::kReplan, 2);
  SayDone(0);
  departures_->LetGo();
  EXPECT_TRUE(At(0).session.has_value());
}

TEST_F(DeparturesTest, AWorkerThatComesBackOnceItIsDoneIsLetGoAgain) {
  Play(OnWorkerLoss::kReplan, 2);
  ASSERT_TRUE(Leave(0, kS).ok());
  SayDone(0);
  departures_->LetGo();
  roster_.Move(0, 777);
  departures_->LetGo();
  EXPECT_FALSE(At(0).session.has_value());
}

}  // namespace
}  // namespace invocator
