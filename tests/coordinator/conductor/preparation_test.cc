#include "coordinator/conductor/preparation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/wire/plan_codec.h"
#include "common/wire/protocol.h"
#include "tests/support/conductor_fixture.h"
#include "tests/support/plans.h"
#include "tests/support/tapes.h"

namespace invocator {
namespace {

using testing::ElementsAre;

class PreparationTest : public ConductorFixture {};

TEST_F(PreparationTest, APlanLargerThanWhatAWorkerMaySayIsHandedOut) {
  plan_ = PlanOf({}, 1);
  for (int i = 0; i < 50; ++i) {
    plan_.instances.push_back(ListInstance("i" + std::to_string(i),
                                           std::vector<double>(63'660, 0), 1));
  }
  ASSERT_GT(ToWire(plan_).ByteSizeLong(),
            static_cast<size_t>(kMaxMessageBytes));
  int lists = 0;
  Join([&](FakeWorker& worker) {
    worker.SayHello();
    const auto assigned = worker.Await(FakeWorker::Kind::kAssignment);
    if (!assigned) return;
    lists = assigned->assignment().plan().instances_size();
    worker.SayReady();
    worker.Await(FakeWorker::Kind::kStart);
  });
  EXPECT_TRUE(GatherAndPrepare().ok());
  EndScripts();
  EXPECT_EQ(lists, 50);
}

// What a worker is told of timestamps.
struct Tapes {
  std::vector<uint32_t> shares, announced, received;
};

class TapePreparationTest : public ConductorFixture {
 protected:
  explicit TapePreparationTest(const ConductorOptions& options = {})
      : ConductorFixture(options) {
    plan_ = PlanOf({TapeInstance("a", {1, 2}, 10), ListInstance("b", {1}, 10),
                    TapeInstance("c", {3}, 10), TapeInstance("d", {4}, 10)},
                   10);
    plan_.payload_sets = {{"body"}};
  }

  // Prepares workers for these shares; returns what each of them got.
  std::vector<Tapes> PrepareFor(
      const std::vector<std::vector<Share>>& partition) {
    std::vector<Tapes> got(partition.size());
    for (Tapes& tapes : got) {
      Join([&tapes](FakeWorker& worker) {
        worker.SayHello();
        const auto assigned = worker.Await(FakeWorker::Kind::kAssignment);
        if (!assigned) return;
        const wire::Assignment& assignment = assigned->assignment();
        for (const wire::Share& share : assignment.shares()) {
          tapes.shares.push_back(share.instance());
        }
        tapes.announced.assign(assignment.tapes().begin(),
                               assignment.tapes().end());
        worker.Await(FakeWorker::Kind::kPayloadChunk);
        while (tapes.received.size() < tapes.announced.size()) {
          const auto chunk = worker.Await(FakeWorker::Kind::kTapeChunk);
          if (!chunk) return;
          tapes.received.push_back(chunk->tape_chunk().instance());
        }
        worker.SayReady();
        // To the end of the stream.
        if (worker.Await(FakeWorker::Kind::kTapeChunk)) {
          tapes.received.push_back(UINT32_MAX);
        }
      });
    }
    EXPECT_TRUE(Gather().ok());
    EXPECT_TRUE(conductor_.Prepare(plan_, partition, settings_, kLong).ok());
    EndScripts();
    // They joined in any order.
    std::sort(got.begin(), got.end(), [](const Tapes& a, const Tapes& b) {
      return a.shares < b.shares;
    });
    return got;
  }
};

class TapeReplanPreparationTest : public TapePreparationTest {
 protected:
  static ConductorOptions Replan() {
    ConductorOptions options;
    options.on_worker_loss = OnWorkerLoss::kReplan;
    return options;
  }
  TapeReplanPreparationTest() : TapePreparationTest(Replan()) {}
};

TEST_F(TapePreparationTest, OnlyThoseWhoPlayTimestampsGetThem) {
  const std::vector<Tapes> got =
      PrepareFor({{{0, 0, 2}, {3, 0, 1}}, {{0, 1, 2}, {1, 0, 1}}, {{1, 0, 1}}});
  EXPECT_THAT(got[0].announced, ElementsAre(0));
  EXPECT_THAT(got[0].received, ElementsAre(0));
  EXPECT_THAT(got[1].announced, ElementsAre(0, 3));
  EXPECT_THAT(got[1].received, ElementsAre(0, 3));
  EXPECT_THAT(got[2].announced, ElementsAre());
  EXPECT_THAT(got[2].received, ElementsAre());
}

TEST_F(TapeReplanPreparationTest, AllGetAllIfSharesMayBeAdded) {
  for (const Tapes& tapes : PrepareFor({{{0, 0, 1}}, {{1, 0, 1}}})) {
    EXPECT_THAT(tapes.announced, ElementsAre(0, 2, 3));
    EXPECT_THAT(tapes.received, ElementsAre(0, 2, 3));
  }
}

// Its disk has failed, say.
TEST_F(TapePreparationTest, TimestampsThatCannotBeReadEndThePreparation) {
  const auto file = FileForTapes();
  plan_.instances[0].arrivals.tape = TapeOf({1, 2, 3}, file);
  ASSERT_TRUE(file->Clear().ok());
  Join([](FakeWorker& worker) {
    worker.SayHello();
    worker.Finish();
  });
  ASSERT_TRUE(Gather().ok());
  const absl::Status status =
      conductor_.Prepare(plan_, {{{0, 0, 1}}}, settings_, kLong);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()),
              testing::HasSubstr("timestamps: a temporary file in "));
}

}  // namespace
}  // namespace invocator
