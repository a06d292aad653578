#include "coordinator/conductor/start_agreement.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "tests/support/roster_fixture.h"

namespace invocator {
namespace {

class StartAgreementTest : public RosterFixture {
 protected:
  // `workers`, one round trip of `round_trip_ns` away, and their first start.
  void Begin(size_t workers, int64_t round_trip_ns = 0,
             OnWorkerLoss policy = OnWorkerLoss::kFinish) {
    AddWorkers(workers);
    for (RunWorker& worker : roster_.workers()) {
      worker.clock.AddSample(clock_.NowNs() - round_trip_ns, clock_.NowNs(),
                             kOffset + clock_.NowNs() - round_trip_ns / 2);
    }
    losses_.emplace(*fleet_, clock_, roster_, heartbeat_, policy, Terms());
    losses_->BeginPlaying(plan_, kDrain);
    agreement_.emplace(*fleet_, clock_, roster_, heartbeat_, *losses_);
    agreement_->Begin();
  }
  absl::Status Arm(size_t index, std::optional<int64_t> told_ns = {}) {
    wire::StartArmed armed;
    armed.set_steady_ns(told_ns.value_or(At(index).start.told_ns));
    return agreement_->OnArmed(At(index), armed);
  }
  absl::Status Miss(size_t index, std::optional<int64_t> told_ns = {},
                    bool begun = false, int64_t late_ns = 1) {
    wire::StartMissed missed;
    missed.set_steady_ns(told_ns.value_or(At(index).start.told_ns));
    missed.set_begun(begun);
    missed.set_late_ns(late_ns);
    return agreement_->OnMissed(At(index), missed);
  }
  int64_t LeadNs() const { return agreement_->start_ns() - clock_.NowNs(); }

  static constexpr int64_t kOffset = 12'345 * kS;
  std::optional<Losses> losses_;
  std::optional<StartAgreement> agreement_;
};

TEST_F(StartAgreementTest, EachIsToldTheStartByItsOwnClock) {
  Begin(2);
  EXPECT_EQ(LeadNs(), 400 * kMs);
  for (const RunWorker& worker : roster_.workers()) {
    EXPECT_EQ(worker.start.told_ns, agreement_->start_ns() + kOffset);
    EXPECT_TRUE(worker.started());
    EXPECT_EQ(worker.start.begins_ns, agreement_->start_ns());
    EXPECT_EQ(worker.reports.last_ns, clock_.NowNs());
  }
}

TEST_F(StartAgreementTest, AStartIsMissedByWhatCanBe) {
  Begin(1);
  for (const int64_t late_ns : {int64_t{-1}, 3'600 * kS + 1, INT64_MIN}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Miss(0, {}, /*begun=*/false, late_ns)))
        << late_ns;
  }
  EXPECT_FALSE(At(0).missed());
  EXPECT_TRUE(Miss(0, {}, /*begun=*/false, 3'600 * kS).ok());
  EXPECT_TRUE(At(0).missed());
}

TEST_F(StartAgreementTest, ALeaseComesBeforeTheStart) {
  Begin(1);
  EXPECT_EQ(heartbeat_.LeasedUntilNs(At(0).member_key),
            clock_.NowNs() + 6 * kS);
}

TEST_F(StartAgreementTest, TheLeadHasRoomForTheFarthest) {
  Begin(2, /*round_trip_ns=*/100 * kMs);
  EXPECT_EQ(LeadNs(), 800 * kMs);
  // Before the engines' lead, the taking back, and a way to the worker.
  EXPECT_EQ(agreement_->start_ns() - agreement_->settled_ns(),
            50 * kMs + 100 * kMs + 100 * kMs);
}

TEST_F(StartAgreementTest, TheLeadHasALimit) {
  Begin(1, /*round_trip_ns=*/9 * kS);
  EXPECT_EQ(LeadNs(), 10 * kS);
  // Of a way so long a part must do.
  EXPECT_EQ(agreement_->start_ns() - agreement_->settled_ns(),
            150 * kMs + 2'500 * kMs);
}

TEST_F(StartAgreementTest, IsAgreedOnWhenAllAreArmed) {
  Begin(2);
  EXPECT_FALSE(agreement_->answered());
  EXPECT_TRUE(Arm(0).ok());
  EXPECT_FALSE(agreement_->answered());
  EXPECT_TRUE(Arm(1).ok());
  EXPECT_TRUE(agreement_->answered());
  const int64_t start_ns = agreement_->start_ns();
  EXPECT_TRUE(agreement_->Conclude());
  EXPECT_EQ(agreement_->start_ns(), start_ns);
  EXPECT_EQ(At(1).start.begins_ns, start_ns);
}

TEST_F(StartAgreementTest, AMissIsAnAnswerAndMovesTheStartFarther) {
  Begin(2);
  const int64_t first_ns = At(0).start.told_ns;
  EXPECT_TRUE(Arm(0).ok());
  EXPECT_TRUE(Miss(1).ok());
  EXPECT_TRUE(agreement_->answered());
  EXPECT_FALSE(agreement_->Conclude());
  EXPECT_FALSE(agreement_->answered());
  EXPECT_GT(At(0).start.told_ns, first_ns);
  EXPECT_EQ(LeadNs(), 800 * kMs);
}

TEST_F(StartAgreementTest, AnArmForTheFirstIsNoneForTheSecond) {
  Begin(2);
  ASSERT_TRUE(Arm(0).ok());
  ASSERT_TRUE(Miss(1).ok());
  ASSERT_FALSE(agreement_->Conclude());
  // At the second start it is the other one that misses.
  ASSERT_TRUE(Arm(1).ok());
  EXPECT_FALSE(agreement_->answered());
  ASSERT_TRUE(Miss(0).ok());
  EXPECT_TRUE(agreement_->answered());
  EXPECT_FALSE(agreement_->Conclude());  // a third
  EXPECT_EQ(LeadNs(), 1'600 * kMs);
  ASSERT_TRUE(Arm(0).ok());
  ASSERT_TRUE(Arm(1).ok());
  EXPECT_TRUE(agreement_->Conclude());
}

TEST_F(StartAgreementTest, AnswersToAnEarlierStartSayNothingOfTheLast) {
  Begin(2);
  const int64_t first_ns = At(0).start.told_ns;
  ASSERT_TRUE(Miss(1).ok());
  clock_.Advance(kMs);
  ASSERT_FALSE(agreement_->Conclude());
  EXPECT_TRUE(Arm(0, first_ns).ok());
  EXPECT_TRUE(Miss(1, first_ns).ok());
  EXPECT_FALSE(At(0).armed());
  EXPECT_FALSE(At(1).missed());
  EXPECT_FALSE(agreement_->answered());
}

TEST_F(StartAgreementTest, AStartIsAnsweredOnce) {
  Begin(2);
  EXPECT_TRUE(Arm(0).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(Arm(0)));
  EXPECT_TRUE(absl::IsInvalidArgument(Miss(0)));
  EXPECT_TRUE(At(0).armed());
  EXPECT_TRUE(Miss(1).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(Arm(1)));
  EXPECT_TRUE(At(1).missed());
}

TEST_F(StartAgreementTest, AStartThatWasNeverToldIsRefused) {
  Begin(1);
  EXPECT_TRUE(absl::IsInvalidArgument(Arm(0, At(0).start.told_ns + 1)));
  EXPECT_TRUE(absl::IsInvalidArgument(Miss(0, At(0).start.told_ns + 1)));
  At(0).stage = RunWorker::Stage::kReady;
  EXPECT_TRUE(absl::IsInvalidArgument(Arm(0)));
  At(0).stage = RunWorker::Stage::kStarted;
  At(0).done.emplace();
  EXPECT_TRUE(absl::IsInvalidArgument(Arm(0)));
}

TEST_F(StartAgreementTest, WhoHasBegunAtAnotherStartIsNamed) {
  Begin(1);
  EXPECT_TRUE(absl::IsAborted(Miss(0, {}, /*begun=*/true)));
  EXPECT_FALSE(At(0).missed());
}

TEST_F(StartAgreementTest, ALossIsAnAnswerToo) {
  Begin(2);
  ASSERT_TRUE(Arm(0).ok());
  losses_->Lose(At(1), absl::UnavailableError("gone"), /*for_good=*/true);
  EXPECT_TRUE(agreement_->answered());
  EXPECT_TRUE(agreement_->Conclude());
}

TEST_F(StartAgreementTest, WhoIsNotThereForAnotherStartIsLost) {
  Begin(3);
  ASSERT_TRUE(Arm(0).ok());
  ASSERT_TRUE(Miss(1).ok());
  roster_.Move(0, std::nullopt);  // armed, and cannot be told of another
  EXPECT_FALSE(agreement_->Conclude());
  EXPECT_TRUE(At(0).lost());
  EXPECT_TRUE(At(0).loss.given_up);
  EXPECT_FALSE(At(1).lost());
  EXPECT_FALSE(At(2).lost());
}

TEST_F(StartAgreementTest, OneLostBeforeAnotherStartMayStillComeBack) {
  Begin(3);
  losses_->Lose(At(0), absl::UnavailableError("gone"), /*for_good=*/false);
  roster_.Move(0, std::nullopt);
  ASSERT_TRUE(Arm(1).ok());
  ASSERT_TRUE(Miss(2).ok());
  EXPECT_FALSE(agreement_->Conclude());
  EXPECT_FALSE(At(0).loss.given_up);
}

TEST_F(StartAgreementTest, TheWaitForAnotherStartIsNoSilence) {
  Begin(2);
  ASSERT_TRUE(Arm(0).ok());
  ASSERT_TRUE(Miss(1).ok());
  clock_.Advance(300 * kMs);
  ASSERT_FALSE(agreement_->Conclude());
  EXPECT_EQ(At(0).reports.last_ns, clock_.NowNs());
}

TEST_F(StartAgreementTest, WhoIsArmedMayBeAwayWhenAllAre) {
  Begin(2);
  ASSERT_TRUE(Arm(0).ok());
  ASSERT_TRUE(Arm(1).ok());
  roster_.Move(0, std::nullopt);
  EXPECT_TRUE(agreement_->Conclude());
  EXPECT_FALSE(At(0).lost());
}

TEST_F(StartAgreementTest, SixStartsAreGivenAndThenWhoMissesIsLost) {
  Begin(2);
  for (int start = 1; start < 6; ++start) {
    ASSERT_TRUE(Arm(0).ok());
    ASSERT_TRUE(Miss(1).ok());
    ASSERT_FALSE(agreement_->Conclude()) << start;
  }
  EXPECT_EQ(LeadNs(), 10 * kS);  // 400 ms, five times doubled, and bounded
  ASSERT_TRUE(Arm(0).ok());
  ASSERT_TRUE(Miss(1).ok());
  EXPECT_TRUE(agreement_->Conclude());
  EXPECT_FALSE(At(0).lost());
  EXPECT_TRUE(At(1).lost());
  EXPECT_TRUE(At(1).loss.given_up);
  EXPECT_EQ(At(0).start.begins_ns, agreement_->start_ns());
}

TEST_F(StartAgreementTest, AfterAMovedStartSilenceCountsFromTheAgreedOne) {
  Begin(2);
  ASSERT_TRUE(Arm(0).ok());
  ASSERT_TRUE(Miss(1).ok());
  clock_.Advance(300 * kMs);
  ASSERT_FALSE(agreement_->Conclude());
  const int64_t agreed_ns = agreement_->start_ns();
  ASSERT_TRUE(Arm(0).ok());
  ASSERT_TRUE(Arm(1).ok());
  ASSERT_TRUE(agreement_->Conclude());
  losses_->Lose(At(0), absl::UnavailableError("gone"), /*for_good=*/false);
  EXPECT_EQ(
      At(0).loss.silent_from_ns,
      heartbeat_.LeasedUntilNs(At(0).member_key) + kLeaseMargin - agreed_ns);
}

TEST_F(StartAgreementTest, OneLostBeforeTheAgreementMayHaveBegunAtTheFirst) {
  Begin(2);
  const int64_t first_ns = agreement_->start_ns();
  ASSERT_TRUE(Arm(0).ok());
  ASSERT_TRUE(Miss(1).ok());
  clock_.Advance(300 * kMs);
  ASSERT_FALSE(agreement_->Conclude());
  losses_->Lose(At(0), absl::UnavailableError("gone"), /*for_good=*/false);
  EXPECT_EQ(
      At(0).loss.silent_from_ns,
      heartbeat_.LeasedUntilNs(At(0).member_key) + kLeaseMargin - first_ns);
}

TEST_F(StartAgreementTest, TheLostAreToldNothing) {
  AddWorkers(2);
  losses_.emplace(*fleet_, clock_, roster_, heartbeat_, OnWorkerLoss::kFinish,
                  Terms());
  losses_->Lose(At(1), absl::UnavailableError("gone"), /*for_good=*/true);
  agreement_.emplace(*fleet_, clock_, roster_, heartbeat_, *losses_);
  agreement_->Begin();
  EXPECT_TRUE(At(0).started());
  EXPECT_FALSE(At(1).started());
}

TEST_F(StartAgreementTest, AReplanAfterAMovedStartCountsFromThatStart) {
  Begin(2, 0, OnWorkerLoss::kReplan);
  ASSERT_TRUE(Arm(0).ok());
  ASSERT_TRUE(Miss(1).ok());
  ASSERT_FALSE(agreement_->Conclude());
  ASSERT_TRUE(Arm(0).ok());
  ASSERT_TRUE(Arm(1).ok());
  ASSERT_TRUE(agreement_->Conclude());
  clock_.Advance(20 * kS);
  losses_->Lose(At(0), absl::UnavailableError("gone"), /*for_good=*/false);
  ASSERT_EQ(At(1).extends.size(), 1u);
  // 20 s after the telling, which was 800 ms before the start; and the lead.
  EXPECT_EQ(At(1).extends[0].from_ns, 20 * kS - 800 * kMs + 200 * kMs + kMs);
}

}  // namespace
}  // namespace invocator
