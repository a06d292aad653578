// What becomes of a run when workers are lost, and of those that come back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "coordinator/conductor/conductor.h"
#include "proto/fleet.pb.h"
#include "tests/support/conductor_fixture.h"

namespace invocator {
namespace {

using Kind = FakeWorker::Kind;
using testing::HasSubstr;

ConductorOptions Quickly(OnWorkerLoss policy) {
  ConductorOptions options;
  options.on_worker_loss = policy;
  options.leases = {absl::Milliseconds(50), absl::Milliseconds(1'000),
                    absl::Milliseconds(500), absl::Milliseconds(500)};
  return options;
}

class WorkerLossFixture : public ConductorFixture {
 protected:
  explicit WorkerLossFixture(OnWorkerLoss policy)
      : ConductorFixture(Quickly(policy)) {
    plan_ = PlanOf({ListInstance("f", std::vector<double>(99, 0.1), 10)}, 10);
  }

  // Plays its share to the end.
  void JoinStayer() {
    Join([](FakeWorker& worker) {
      worker.PlayUntilStart();
      worker.Await(Kind::kAck);
      worker.SayDone();
      worker.Finish();
    });
  }
  const RunWorker& TheLost() const {
    return *std::find_if(conductor_.workers().begin(),
                         conductor_.workers().end(),
                         [](const RunWorker& w) { return w.lost(); });
  }
  size_t Lost() const {
    return static_cast<size_t>(
        std::count_if(conductor_.workers().begin(), conductor_.workers().end(),
                      [](const RunWorker& w) { return w.lost(); }));
  }
};

class FinishTest : public WorkerLossFixture {
 protected:
  FinishTest() : WorkerLossFixture(OnWorkerLoss::kFinish) {}
};
class AbortTest : public WorkerLossFixture {
 protected:
  AbortTest() : WorkerLossFixture(OnWorkerLoss::kAbort) {}
};
class ReplanTest : public WorkerLossFixture {
 protected:
  ReplanTest() : WorkerLossFixture(OnWorkerLoss::kReplan) {}
};

TEST_F(FinishTest, AWorkerThatLeavesIsLostWhenItsLeaseEnds) {
  Join([](FakeWorker& worker) {
    worker.PlayUntilStart();
    worker.SayProgress(1, 3);
    worker.Await(Kind::kAck);
  });
  const int64_t begin_ns = clock_.NowNs();
  const absl::Status status = PlayAll();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("worker w was lost"));
  EXPECT_GE(clock_.NowNs() - begin_ns, 1'000'000'000);  // a lease
  const RunWorker& worker = conductor_.workers()[0];
  EXPECT_TRUE(worker.lost());
  EXPECT_GT(worker.loss.silent_from_ns, 0);
  EXPECT_EQ(sink_.sent_, 3u);
}

TEST_F(FinishTest, TheOthersGoOn) {
  Join([](FakeWorker& worker) { worker.PlayUntilStart(); });
  Join([](FakeWorker& worker) {
    worker.PlayUntilStart();
    worker.SayProgress(1, 7);
    worker.SayDone();
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  EXPECT_EQ(Lost(), 1u);
  EXPECT_EQ(sink_.sent_, 7u);
}

TEST_F(FinishTest, AWorkerThatFallsSilentIsLostThoughItsStreamIsOpen) {
  std::latch play_ended(1);
  Join([&](FakeWorker& worker) {
    worker.PlayUntilStart();
    play_ended.wait();  // and answers no ping
  });
  const absl::Status status = PlayAll();
  play_ended.count_down();
  EndScripts();
  EXPECT_THAT(std::string(status.message()), HasSubstr("lease has ended"));
}

TEST_F(FinishTest, TheSinkIsToldOfWhomToWaitForNoLonger) {
  sink_.wants_stop_ = [&](absl::FunctionRef<bool(size_t)> silent) {
    return sink_.sent_ > 0 && silent(1 - sink_.last_worker_);
  };
  Join([](FakeWorker& worker) { worker.PlayUntilStart(); });
  std::optional<bool> stopped_now;
  Join([&](FakeWorker& worker) {
    worker.PlayUntilStart();
    worker.SayProgress(1, 7);
    const auto stop = worker.Await(Kind::kStop);
    if (stop) stopped_now = stop->stop().now();
    worker.SayDone();
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  EndScripts();
  EXPECT_EQ(Lost(), 1u);
  EXPECT_EQ(stopped_now, false);
}

TEST_F(FinishTest, AWorkerThatStoppedWithItsLeaseIsLostThoughItTellsAll) {
  Join([](FakeWorker& worker) {
    worker.PlayUntilStart();
    worker.SayProgress(1, 3);
    wire::WorkerMessage message;
    message.mutable_report()->set_number(2);
    message.mutable_report()->mutable_done()->set_lease_ended(true);
    worker.Send(message);
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  EXPECT_THAT(std::string(conductor_.workers()[0].loss.why.message()),
              HasSubstr("lease was not renewed"));
  EXPECT_EQ(sink_.sent_, 3u);
}

TEST_F(FinishTest, AWorkerLostBeforeTheStartMayHaveSentNothing) {
  Join([](FakeWorker& worker) {
    worker.SayHello();
    worker.Await(Kind::kAssignment);
  });
  Join([](FakeWorker& worker) {
    worker.PlayUntilStart();
    worker.SayDone();
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  ASSERT_EQ(Lost(), 1u);
  EXPECT_EQ(TheLost().loss.silent_from_ns, 0);
}

TEST_F(FinishTest, OneWhoBreaksTheOrderIsLostAndHarmsNobodyElse) {
  grpc::Status end;
  Join([&](FakeWorker& worker) {
    worker.PlayUntilStart();
    worker.SayReady();
    end = worker.Finish();
  });
  Join([](FakeWorker& worker) {
    worker.PlayUntilStart();
    worker.SayProgress(1, 7);
    worker.SayDone();
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  EXPECT_EQ(sink_.sent_, 7u);
  EXPECT_EQ(TheLost().loss.why.code(), absl::StatusCode::kInvalidArgument);
  EndScripts();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

// Plays to its first acknowledged report, leaves, and tells how to come back.
class LeaverFixture {
 public:
  FakeWorker::Script Leave() {
    return [this](FakeWorker& worker) {
      worker.SayHello("w");
      key_ = worker.Await(Kind::kWelcome)->welcome().member_key();
      worker.Await(Kind::kAssignment);
      worker.SayReady();
      worker.AwaitStart();
      worker.SayProgress(1, 3);
      worker.Await(Kind::kAck);
      left_.count_down();
    };
  }
  std::string key_;
  std::latch left_{1};
};

TEST_F(FinishTest, AWorkerThatComesBackGoesOnWhereItWas) {
  LeaverFixture leaver;
  uint64_t resumed = 0;
  std::unique_ptr<FakeWorker> again;
  Join(leaver.Leave());
  std::thread returner([&] {
    leaver.left_.wait();
    again = std::make_unique<FakeWorker>(
        fleet_->InProcessChannel(), [&](FakeWorker& worker) {
          worker.SayRejoin(leaver.key_);
          resumed = worker.Await(Kind::kResume)->resume().reports();
          worker.SayProgress(2, 4);
          worker.SayDone();
          worker.Finish();
        });
  });
  EXPECT_TRUE(PlayAll().ok());
  returner.join();
  EXPECT_EQ(Lost(), 0u);
  EXPECT_EQ(sink_.sent_, 7u);
  EndScripts();
  again.reset();
  EXPECT_EQ(resumed, 1u);
}

TEST_F(FinishTest, TheStreamThatAWorkerLeftBehindIsEnded) {
  LeaverFixture leaver;
  grpc::Status left_behind;
  std::unique_ptr<FakeWorker> again;
  Join([&](FakeWorker& worker) {
    leaver.Leave()(worker);
    left_behind = worker.Finish();
  });
  std::thread returner([&] {
    leaver.left_.wait();
    again = std::make_unique<FakeWorker>(fleet_->InProcessChannel(),
                                         [&](FakeWorker& worker) {
                                           worker.SayRejoin(leaver.key_);
                                           worker.Await(Kind::kResume);
                                           worker.SayProgress(2, 4);
                                           worker.SayDone();
                                           worker.Finish();
                                         });
  });
  EXPECT_TRUE(PlayAll().ok());
  returner.join();
  EXPECT_EQ(Lost(), 0u);
  EndScripts();
  again.reset();
  EXPECT_EQ(left_behind.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(left_behind.error_message(), "rejoined on a new stream");
}

TEST_F(FinishTest, WhoCannotShowTheKeyDoesNotComeBack) {
  LeaverFixture leaver;
  grpc::Status end;
  std::unique_ptr<FakeWorker> again;
  Join(leaver.Leave());
  std::thread returner([&] {
    leaver.left_.wait();
    again = std::make_unique<FakeWorker>(fleet_->InProcessChannel(),
                                         [&](FakeWorker& worker) {
                                           worker.SayRejoin("another");
                                           end = worker.Finish();
                                         });
  });
  EXPECT_FALSE(PlayAll().ok());
  returner.join();
  EndScripts();
  again.reset();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(AbortTest, TheOthersAreStoppedAtOnce) {
  std::optional<bool> stopped_now;
  Join([](FakeWorker& worker) { worker.PlayUntilStart(); });
  Join([&](FakeWorker& worker) {
    worker.PlayUntilStart();
    const auto stop = worker.Await(Kind::kStop);
    if (stop) stopped_now = stop->stop().now();
    worker.SayDone();
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  EXPECT_EQ(Lost(), 1u);
  EndScripts();
  EXPECT_EQ(stopped_now, true);
}

TEST_F(AbortTest, ALossBeforeTheStartEndsTheRun) {
  Join([](FakeWorker& worker) {
    worker.SayHello("east");
    worker.Await(Kind::kAssignment);
  });
  Join([](FakeWorker& worker) {
    worker.SayHello("west");
    worker.Finish();
  });
  EXPECT_EQ(GatherAndPrepare(), absl::UnavailableError("worker east was lost"));
}

TEST_F(ReplanTest, TheRestOfTheLostOnesShareIsDividedAmongTheOthers) {
  std::vector<wire::Extend> extends(2);
  std::latch both_have(2);
  Join([](FakeWorker& worker) { worker.PlayUntilStart(); });
  for (wire::Extend& extend : extends) {
    Join([&](FakeWorker& worker) {
      worker.PlayUntilStart();
      extend = worker.Await(Kind::kExtend)->extend();
      both_have.arrive_and_wait();
      worker.SayDone();
      worker.Finish();
    });
  }
  EXPECT_TRUE(PlayAll().ok());
  EndScripts();
  const RunWorker& lost = TheLost();
  const Share whole = lost.pieces[0].shares[0];
  EXPECT_EQ(extends[0].number(), 1u);
  EXPECT_EQ(extends[0].from_ns(), extends[1].from_ns());
  EXPECT_EQ(lost.pieces[0].until_ns, extends[0].from_ns());
  // What it may have sent stays its own.
  EXPECT_GE(extends[0].from_ns(), lost.loss.silent_from_ns);
  for (uint64_t sequence = 0; sequence < 99; ++sequence) {
    int owners = 0;
    for (const wire::Extend& extend : extends) {
      const Share share = {0, extend.shares(0).index(),
                           extend.shares(0).count()};
      owners += share.Owns(sequence);
    }
    EXPECT_EQ(owners, whole.Owns(sequence) ? 1 : 0) << sequence;
  }
}

TEST_F(ReplanTest, WhatOneLostBeforeTheStartIsPlayedFromTheBeginning) {
  wire::Extend extend;
  Join([](FakeWorker& worker) {
    worker.SayHello();
    worker.Await(Kind::kAssignment);
  });
  Join([&](FakeWorker& worker) {
    worker.SayHello();
    worker.Await(Kind::kAssignment);
    worker.SayReady();
    extend = worker.Await(Kind::kExtend)->extend();
    worker.AwaitStart();
    worker.SayDone();
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  EndScripts();
  EXPECT_EQ(extend.from_ns(), 0);
  EXPECT_EQ(TheLost().pieces[0].until_ns, 0);
}

}  // namespace
}  // namespace invocator
