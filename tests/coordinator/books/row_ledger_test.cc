#include "coordinator/books/row_ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "common/plan/digest.h"
#include "common/plan/partition.h"
#include "common/plan/sampling.h"
#include "proto/fleet.pb.h"
#include "tests/support/plans.h"

namespace invocator {
namespace {

using Row = RowLedger::Row;

constexpr int64_t kS = 1'000'000'000;

// A call a second from 1 s on, of f and of g, as many as asked for.
Plan PlanOfTwo(size_t of_f, size_t of_g, double duration_s) {
  return PlanOf({ListInstance("f", std::vector<double>(of_f, 1), duration_s),
                 ListInstance("g", std::vector<double>(of_g, 1), duration_s)},
                duration_s);
}

Record RecordOf(uint32_t instance, uint64_t sequence) {
  Record record;
  record.instance = instance;
  record.sequence = sequence;
  record.scheduled_ns = static_cast<int64_t>(sequence + 1) * kS;
  return record;
}

Record At(Record record, int64_t scheduled_ns) {
  record.scheduled_ns = scheduled_ns;
  return record;
}

class RowLedgerTest : public testing::Test {
 protected:
  void Open(Plan plan, size_t workers, double ratio = 1) {
    plan_ = std::move(plan);
    census_ = TakeCensus(plan_, {WholeShares(plan_)});
    ledger_ = std::make_unique<RowLedger>(plan_, census_, ratio, workers);
  }
  Row Take(size_t worker, uint32_t instance, uint64_t sequence) {
    return ledger_->Take(worker, RecordOf(instance, sequence));
  }

  // `sent` calls of the instance, all of them ok.
  void Report(size_t worker, uint32_t instance, uint64_t sent,
              uint64_t digest = 0) {
    wire::InstanceDelta delta;
    delta.set_instance(instance);
    wire::BinDelta& bin = *delta.add_bins();
    bin.set_sent(sent);
    delta.set_sent_digest(digest);
    for (size_t i = 0; i < kOutcomes; ++i) bin.add_outcomes(i == 0 ? sent : 0);
    ledger_->AddReported(worker, delta);
  }

  Plan plan_;
  Census census_;
  std::unique_ptr<RowLedger> ledger_;
};

TEST_F(RowLedgerTest, EachPlannedCallHasOneRow) {
  Open(PlanOfTwo(5, 3, 10), 1);
  ledger_->SetPieces(0, {{{{0, 0, 1}, {1, 0, 1}}}});
  for (uint64_t sequence : {3u, 0u, 4u, 1u, 2u}) {
    EXPECT_EQ(Take(0, 0, sequence), Row::kNew) << sequence;
  }
  for (uint64_t sequence : {2u, 0u, 1u}) {
    EXPECT_EQ(Take(0, 1, sequence), Row::kNew) << sequence;
  }
  EXPECT_EQ(Take(0, 0, 0), Row::kRepeated);
  EXPECT_EQ(Take(0, 0, 4), Row::kRepeated);
  EXPECT_EQ(Take(0, 0, 5), Row::kNotPlanned);
  EXPECT_EQ(ledger_->Take(0, At(RecordOf(0, 5), kS)), Row::kNotPlanned);
  EXPECT_EQ(Take(0, 1, 3), Row::kNotPlanned);
  EXPECT_EQ(Take(0, 0, UINT64_MAX), Row::kNotPlanned);
  EXPECT_EQ(ledger_->pages(), 0u) << "all have come";
}

TEST_F(RowLedgerTest, ARowWithinAPageIsRememberedUntilThePageIsFull) {
  Open(PlanOfTwo(200, 1, 300), 1);
  ledger_->SetPieces(0, {{{{0, 0, 1}, {1, 0, 1}}}});
  for (uint64_t sequence = 0; sequence < 199; ++sequence) {
    ASSERT_EQ(Take(0, 0, sequence), Row::kNew);
    ASSERT_EQ(Take(0, 0, sequence), Row::kRepeated);
    ASSERT_EQ(ledger_->pages(), 1u);
  }
  ASSERT_EQ(Take(0, 0, 199), Row::kNew);
  EXPECT_EQ(ledger_->pages(), 0u);
  ASSERT_EQ(Take(0, 0, 199), Row::kRepeated);
  EXPECT_EQ(ledger_->pages(), 0u);
}

TEST_F(RowLedgerTest, AFullPageStaysFullWhileLaterOnesBegin) {
  constexpr uint64_t kPage = 4'096;
  Open(PlanOfTwo(2 * kPage + 1, 1, 10'000), 1);
  ledger_->SetPieces(0, {{{{0, 0, 1}}}});
  for (uint64_t sequence = 0; sequence < kPage; ++sequence) {
    ASSERT_EQ(Take(0, 0, sequence), Row::kNew);
  }
  EXPECT_EQ(Take(0, 0, kPage), Row::kNew);
  EXPECT_EQ(Take(0, 0, 0), Row::kRepeated);
  EXPECT_EQ(Take(0, 0, 2 * kPage), Row::kNew);
  EXPECT_EQ(Take(0, 0, 0), Row::kRepeated);
  EXPECT_EQ(Take(0, 0, kPage), Row::kRepeated);
}

TEST_F(RowLedgerTest, MemoryIsWhatIsOutstandingNotWhatIsPlanned) {
  constexpr uint64_t kCalls = 100'000;
  Open(PlanOf({ListInstance("f", std::vector<double>(kCalls, 0.001), 1000)},
              1000),
       3);
  for (uint64_t w = 0; w < 3; ++w) ledger_->SetPieces(w, {{{{0, w, 3}}}});
  // Out of order by up to 1,000: a seventh comes last of its block.
  size_t most = 0;
  uint64_t taken = 0;
  for (uint64_t block = 0; block < kCalls; block += 1'000) {
    for (const bool late : {false, true}) {
      for (uint64_t sequence = block; sequence < block + 1'000; ++sequence) {
        if ((sequence % 7 == 0) != late) continue;
        const Record record = At(RecordOf(0, sequence), kS);
        ASSERT_EQ(ledger_->Take(sequence % 3, record), Row::kNew) << sequence;
        ++taken;
        most = std::max(most, ledger_->pages());
      }
    }
  }
  EXPECT_EQ(taken, kCalls);
  EXPECT_LE(most, 2u);
  EXPECT_EQ(ledger_->pages(), 0u);
}

TEST_F(RowLedgerTest, AWorkerBringsRowsOfItsSharesOnly) {
  Open(PlanOfTwo(6, 3, 10), 2);
  ledger_->SetPieces(0, {{{{0, 0, 2}}}});
  ledger_->SetPieces(1, {{{{0, 1, 2}, {1, 0, 1}}}});
  EXPECT_EQ(Take(0, 0, 0), Row::kNew);
  EXPECT_EQ(Take(0, 0, 1), Row::kOfAnother);
  EXPECT_EQ(Take(0, 1, 0), Row::kOfAnother);
  EXPECT_EQ(Take(1, 0, 0), Row::kOfAnother);
  EXPECT_EQ(Take(1, 0, 1), Row::kNew);
  EXPECT_EQ(Take(1, 1, 0), Row::kNew);
  EXPECT_EQ(Take(0, 0, 2), Row::kNew);
}

TEST_F(RowLedgerTest, AWorkerWithoutPiecesBringsNone) {
  Open(PlanOfTwo(1, 1, 10), 1);
  EXPECT_EQ(Take(0, 0, 0), Row::kOfAnother);
}

TEST_F(RowLedgerTest, InstantsAreThoseOfThePlan) {
  Open(PlanOfTwo(3, 1, 10), 1);  // at 1, 2 and 3 s
  ledger_->SetPieces(0, {{{{0, 0, 1}}}});
  EXPECT_EQ(ledger_->Take(0, At(RecordOf(0, 0), kS - 1)), Row::kNotPlanned);
  EXPECT_EQ(ledger_->Take(0, At(RecordOf(0, 0), kS)), Row::kNew);
  EXPECT_EQ(ledger_->Take(0, At(RecordOf(0, 2), 3 * kS + 1)), Row::kNotPlanned);
  EXPECT_EQ(ledger_->Take(0, At(RecordOf(0, 2), 3 * kS)), Row::kNew);
}

TEST_F(RowLedgerTest, WhatIsHandedOverBelongsToOneWorker) {
  Open(PlanOfTwo(6, 1, 10), 3);
  // Worker 0 is lost; from 3.5 s on, 1 and 2 play a stripe each.
  const std::vector<Piece> lost = {{{{0, 0, 1}}, 0, 3 * kS + kS / 2}};
  ledger_->SetPieces(0, {{{{0, 0, 1}}}});
  ASSERT_EQ(Take(0, 0, 0), Row::kNew);
  ledger_->SetPieces(0, lost);
  ledger_->SetPieces(1, {{{{0, 0, 2}}, 3 * kS + kS / 2}});
  ledger_->SetPieces(2, {{{{0, 1, 2}}, 3 * kS + kS / 2}});
  EXPECT_EQ(Take(0, 0, 2), Row::kNew) << "at 3 s";
  EXPECT_EQ(Take(0, 0, 3), Row::kOfAnother) << "at 4 s";
  EXPECT_EQ(Take(1, 0, 0), Row::kOfAnother) << "at 1 s";
  EXPECT_EQ(Take(1, 0, 4), Row::kNew);
  EXPECT_EQ(Take(1, 0, 3), Row::kOfAnother);
  EXPECT_EQ(Take(2, 0, 3), Row::kNew);
  EXPECT_EQ(ledger_->disputed(), 0u);
}

TEST_F(RowLedgerTest, APieceBeginsAtItsFirstInstantAndEndsBeforeItsLast) {
  Open(PlanOfTwo(6, 1, 10), 2);
  ledger_->SetPieces(0, {{{{0, 0, 1}}, 0, 2 * kS}});
  ledger_->SetPieces(1, {{{{0, 0, 1}}, 2 * kS, 4 * kS}});
  EXPECT_EQ(Take(0, 0, 1), Row::kOfAnother);
  EXPECT_EQ(Take(1, 0, 1), Row::kNew);
  EXPECT_EQ(Take(1, 0, 3), Row::kOfAnother);
  EXPECT_EQ(Take(0, 0, 0), Row::kNew);
  EXPECT_EQ(Take(1, 0, 2), Row::kNew);
}

TEST_F(RowLedgerTest, ARowThatTwoClaimIsDisputedAndNobodyIsBlamed) {
  Open(PlanOfTwo(6, 2, 10), 2);
  ledger_->SetPieces(0, {{{{0, 0, 1}, {1, 0, 1}}, 0, 3 * kS}});
  ASSERT_EQ(ledger_->Take(0, At(RecordOf(0, 4), kS)), Row::kNew) << "a lie";
  ledger_->SetPieces(1, {{{{0, 0, 1}}, 3 * kS}});
  EXPECT_EQ(Take(1, 0, 4), Row::kDisputed);
  EXPECT_EQ(Take(1, 0, 5), Row::kNew);
  EXPECT_EQ(ledger_->disputed(), 1u);
  // What was not handed over is nobody else's.
  EXPECT_EQ(Take(0, 1, 0), Row::kNew);
  EXPECT_EQ(Take(0, 1, 0), Row::kRepeated);
}

// Worker 0 brings rows, and says that it never began: all of f is given to 1
// and 2.
TEST_F(RowLedgerTest, AnHeirFromTheStartOnIsNotBlamedForWhatAnotherClaims) {
  Open(PlanOfTwo(6, 1, 10), 3);
  ledger_->SetPieces(0, {{{{0, 0, 1}}}});
  ASSERT_EQ(Take(0, 0, 0), Row::kNew);
  ASSERT_EQ(Take(0, 0, 1), Row::kNew);
  ledger_->SetPieces(0, {{{{0, 0, 1}}, 0, 0}});
  ledger_->SetPieces(1, {{{{1, 0, 1}}}, {{{0, 0, 2}}, 0}});
  ledger_->SetPieces(2, {{}, {{{0, 1, 2}}, 0}});
  EXPECT_EQ(Take(1, 0, 0), Row::kDisputed) << "its first row of f";
  EXPECT_EQ(Take(1, 0, 2), Row::kNew);
  EXPECT_EQ(Take(2, 0, 1), Row::kDisputed);
  EXPECT_EQ(Take(2, 0, 3), Row::kNew);
  EXPECT_EQ(ledger_->disputed(), 2u);
}

TEST_F(RowLedgerTest, TheLatestInstantIsThatOfTheRowsThatWereTaken) {
  Open(PlanOfTwo(6, 1, 10), 2);
  ledger_->SetPieces(0, {{{{0, 0, 1}}}});
  EXPECT_EQ(ledger_->latest_ns(0), -1);
  Take(0, 0, 3);
  Take(0, 0, 1);
  EXPECT_EQ(ledger_->latest_ns(0), 4 * kS);
  Take(0, 1, 5);  // of another
  EXPECT_EQ(ledger_->latest_ns(0), 4 * kS);
  EXPECT_EQ(ledger_->latest_ns(1), -1);
}

TEST_F(RowLedgerTest, DigestsAndOutcomesAreComparedOnceAllRowsAreThere) {
  Open(PlanOfTwo(3, 3, 10), 1);
  ledger_->SetPieces(0, {{{{0, 0, 1}, {1, 0, 1}}}});
  const uint64_t f0 = DigestTerm(HashName("f"), 0, kS);
  const uint64_t f2 = DigestTerm(HashName("f"), 2, 3 * kS);
  Take(0, 0, 0);
  Record late = RecordOf(0, 2);
  late.outcome = Outcome::kTimeout;
  ASSERT_EQ(ledger_->Take(0, late), Row::kNew);
  Report(0, 0, 1, f0);
  EXPECT_EQ(ledger_->DifferenceOf(0).other_invocations, 0u) << "one is to come";
  EXPECT_EQ(ledger_->DifferenceOf(0).other_outcomes, 0u);
  Report(0, 0, 1, f2);  // ok, it says
  EXPECT_EQ(ledger_->DifferenceOf(0).other_invocations, 0u);
  EXPECT_EQ(ledger_->DifferenceOf(0).other_outcomes, 1u);
  Take(0, 1, 0);
  Report(0, 1, 1, f0);
  EXPECT_EQ(ledger_->DifferenceOf(0).other_invocations, 1u);
  EXPECT_EQ(ledger_->DifferenceOf(0).other_outcomes, 1u);
}

TEST_F(RowLedgerTest, AShareOfAWorkerThatNeverBeganIsHandedOverWhole) {
  Open(PlanOfTwo(3, 1, 10), 2);
  ledger_->SetPieces(0, {{{{0, 0, 1}}, 0, 0}});
  ledger_->SetPieces(1, {{{{1, 0, 1}}}, {{{0, 0, 1}}, 0}});
  EXPECT_EQ(Take(0, 0, 0), Row::kOfAnother);
  EXPECT_EQ(Take(1, 0, 0), Row::kNew);
  EXPECT_EQ(Take(1, 0, 0), Row::kRepeated);
}

TEST_F(RowLedgerTest, OfASampleOnlyTheSampledComeAndFillTheirPages) {
  constexpr uint64_t kCalls = 10'000;
  constexpr double kRatio = 0.1;
  Open(
      PlanOf({ListInstance("f", std::vector<double>(kCalls, 0.001), 100)}, 100),
      1, kRatio);
  ledger_->SetPieces(0, {{{{0, 0, 1}}}});
  uint64_t sampled = 0;
  for (uint64_t sequence = 0; sequence < kCalls; ++sequence) {
    const bool wanted = IsSampled(HashName("f"), plan_.seed, sequence, kRatio);
    const Record record = At(RecordOf(0, sequence), kS);
    ASSERT_EQ(ledger_->Take(0, record), wanted ? Row::kNew : Row::kNotSampled);
    sampled += wanted ? 1 : 0;
    ASSERT_LE(ledger_->pages(), 1u);
  }
  EXPECT_GT(sampled, 800u);
  EXPECT_LT(sampled, 1'200u);
  EXPECT_EQ(ledger_->pages(), 0u);
}

TEST_F(RowLedgerTest, RowsAreComparedWithWhatWasReportedInstanceByInstance) {
  Open(PlanOfTwo(3, 3, 10), 2);
  ledger_->SetPieces(0, {{{{0, 0, 1}, {1, 0, 1}}}});
  EXPECT_TRUE(ledger_->CheckDone(0).ok());
  Take(0, 0, 0);
  Take(0, 0, 1);
  EXPECT_FALSE(ledger_->CheckDone(0).ok());
  Report(0, 1, 2);
  EXPECT_FALSE(ledger_->CheckDone(0).ok()) << "they are of g";
  EXPECT_EQ(ledger_->DifferenceOf(0).beyond, 2u);
  EXPECT_EQ(ledger_->DifferenceOf(0).lacking, 2u);
  Report(0, 0, 1);
  EXPECT_FALSE(ledger_->CheckDone(0).ok());
  Report(0, 0, 1);
  EXPECT_TRUE(ledger_->CheckDone(0).ok());
  EXPECT_EQ(ledger_->DifferenceOf(0).beyond, 0u);
  EXPECT_EQ(ledger_->DifferenceOf(0).lacking, 2u);
  EXPECT_EQ(ledger_->DifferenceOf(1).lacking, 0u);
}

TEST_F(RowLedgerTest, DifferencesAddUpOverInstances) {
  Open(PlanOfTwo(3, 3, 10), 2);
  ledger_->SetPieces(1, {{{{0, 0, 1}, {1, 0, 1}}}});
  for (const uint32_t instance : {0u, 1u}) {
    Report(0, instance, 1 + instance);
    Take(1, instance, 0);
    Take(1, instance, 1);
  }
  EXPECT_EQ(ledger_->DifferenceOf(0).lacking, 3u);
  EXPECT_EQ(ledger_->DifferenceOf(1).beyond, 4u);
}

TEST_F(RowLedgerTest, ComplaintsNameTheCallAndTheFault) {
  Open(PlanOfTwo(3, 3, 10), 1);
  const Record record = RecordOf(1, 2);
  EXPECT_EQ(ledger_->Complaint(Row::kRepeated, record).message(),
            "sent the record of g #2 at 3.000 s, for the second time");
  EXPECT_EQ(ledger_->Complaint(Row::kNotPlanned, record).message(),
            "sent the record of g #2 at 3.000 s, which is not in the plan");
  EXPECT_EQ(ledger_->Complaint(Row::kNotSampled, record).message(),
            "sent the record of g #2 at 3.000 s, which is not in the sample");
  EXPECT_EQ(ledger_->Complaint(Row::kOfAnother, record).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(ledger_->Complaint(Row::kDisputed, record).ok());
  EXPECT_TRUE(ledger_->Complaint(Row::kNew, record).ok());
}

}  // namespace
}  // namespace invocator
