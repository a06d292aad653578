#include "coordinator/conductor/conductor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "proto/fleet.pb.h"
#include "tests/support/conductor_fixture.h"

namespace invocator {
namespace {

using Kind = FakeWorker::Kind;
using testing::HasSubstr;

class ConductorTest : public ConductorFixture {};

TEST_F(ConductorTest, ASinkThatHasSeenEnoughStopsEveryWorkerToDrain) {
  sink_.wants_stop_ = [&](auto) { return sink_.sent_ > 0; };
  std::atomic<int> drains = 0;
  const auto play_until_stop = [&](FakeWorker& worker) {
    const auto stop = worker.Await(Kind::kStop);
    if (stop && !stop->stop().now()) ++drains;
    worker.SayDone();
    worker.Finish();
  };
  Join([&](FakeWorker& worker) {
    worker.PlayUntilStart();
    worker.SayProgress(1, 10);
    play_until_stop(worker);
  });
  Join([&](FakeWorker& worker) {
    worker.PlayUntilStart();
    play_until_stop(worker);
  });
  EXPECT_TRUE(PlayAll().ok());
  EndScripts();
  EXPECT_EQ(drains, 2);
  EXPECT_FALSE(conductor_.interrupted());
  EXPECT_TRUE(sink_.stops_.empty()) << "nobody interrupted";
}

TEST_F(ConductorTest, ARunFromHelloToDone) {
  plan_.payload_sets = {{std::string(kPayloadChunkBytes + 5, 'x'), "y"}};
  plan_.instances[0].payload_set = 0;
  settings_.record_ratio = 0.5;
  wire::Assignment assignment;
  std::vector<size_t> chunk_bytes;
  uint64_t acked = 0;
  grpc::Status end;
  Join([&](FakeWorker& worker) {
    worker.SayHello("east");
    assignment = worker.Await(Kind::kAssignment)->assignment();
    for (int i = 0; i < 3; ++i) {
      chunk_bytes.push_back(
          worker.Await(Kind::kPayloadChunk)->payload_chunk().data().size());
    }
    worker.SayReady();
    worker.AwaitStart();
    worker.SayProgress(1, 10);
    worker.SayProgress(2, 5);
    while (acked < 2) acked = worker.Await(Kind::kAck)->ack().reports();
    worker.SayDone();
    end = worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  EXPECT_EQ(sink_.sent_, 15u);
  EXPECT_EQ(sink_.last_worker_, 0u);
  const RunWorker& worker = conductor_.workers().at(0);
  EXPECT_EQ(worker.name, "east");
  EXPECT_EQ(worker.threads, 2u);
  EXPECT_TRUE(worker.done->schedule_exhausted);
  EXPECT_GE(worker.clock.samples(), 16);  // and pings of the run
  // The same clock on both sides.
  EXPECT_LE(std::abs(worker.clock.marked().offset_ns),
            worker.clock.marked().uncertainty_ns() + 1);
  EndScripts();
  EXPECT_EQ(assignment.settings().record_ratio(), 0.5);
  EXPECT_EQ(assignment.shares_size(), 1);
  EXPECT_EQ(chunk_bytes, std::vector<size_t>({kPayloadChunkBytes, 5, 1}));
  EXPECT_EQ(acked, 2u);
  EXPECT_TRUE(end.ok()) << end.error_message();
}

TEST_F(ConductorTest, GatheringEndsAtItsTime) {
  const absl::Status status = conductor_.Gather(2, kShort);
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(status.message()), HasSubstr("2 workers to join"));
}

TEST_F(ConductorTest, AnInterruptEndsTheGathering) {
  interrupts_ = 1;
  EXPECT_EQ(conductor_.Gather(1, kLong).code(), absl::StatusCode::kCancelled);
}

TEST_F(ConductorTest, AnInterruptEndsThePreparation) {
  Join([&](FakeWorker& worker) {
    worker.SayHello();
    worker.Await(Kind::kAssignment);
    interrupts_ = 1;
    worker.Finish();
  });
  EXPECT_EQ(GatherAndPrepare().code(), absl::StatusCode::kCancelled);
}

TEST_F(ConductorTest, AWorkerThatNeverGetsReadyIsGivenUp) {
  Join([](FakeWorker& worker) {
    worker.SayHello();
    worker.Finish();
  });
  const absl::Status status = GatherAndPrepare(kShort);
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(status.message()), HasSubstr("get ready"));
}

TEST_F(ConductorTest, APlanTooLargeToSendIsRefusedInWords) {
  plan_.test_name.assign(kMaxAssignmentBytes, 'x');
  Join([](FakeWorker& worker) {
    worker.SayHello();
    worker.Finish();
  });
  const absl::Status status = GatherAndPrepare();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("268435456"));
}

TEST_F(ConductorTest, AWorkerThatLeavesWhileItIsPreparedIsLost) {
  Join([](FakeWorker& worker) {
    worker.SayHello("east");
    worker.Await(Kind::kAssignment);
  });
  EXPECT_EQ(GatherAndPrepare(), absl::UnavailableError("worker east was lost"));
}

TEST_F(ConductorTest, AWorkerMayLeaveWhenItIsDone) {
  std::latch done_was_taken(1), has_left(1);
  auto leaver = std::make_unique<FakeWorker>(fleet_->InProcessChannel(),
                                             [&](FakeWorker& worker) {
                                               worker.PlayUntilStart();
                                               worker.SayDone();
                                               done_was_taken.wait();
                                             });
  ASSERT_TRUE(conductor_.Gather(1, kLong).ok());
  Join([&](FakeWorker& worker) {
    worker.PlayUntilStart();
    has_left.wait();
    worker.SayDone();
    worker.Finish();
  });
  ASSERT_TRUE(conductor_.Gather(2, kLong).ok());
  sink_.on_tick_ = [&] {
    if (conductor_.workers()[0].done && !done_was_taken.try_wait()) {
      done_was_taken.count_down();
    }
  };
  std::thread waiter([&] {
    leaver.reset();
    has_left.count_down();
  });
  EXPECT_TRUE(
      conductor_.Prepare(plan_, {{{0, 0, 2}}, {{0, 1, 2}}}, settings_, kLong)
          .ok());
  EXPECT_TRUE(conductor_.Play(kLong, sink_).ok());
  waiter.join();
}

TEST_F(ConductorTest, PlayingEndsAtItsTime) {
  Join([](FakeWorker& worker) {
    worker.PlayUntilStart();
    worker.Finish();
  });
  const absl::Status status = PlayAll(kShort);
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(status.message()), HasSubstr("workers to end"));
}

TEST_F(ConductorTest, AMissedStartIsPlannedAnewAndLater) {
  std::vector<int64_t> starts_ns;
  Join([&](FakeWorker& worker) {
    worker.SayHello();
    worker.Await(Kind::kAssignment);
    worker.SayReady();
    for (int i = 0; i < 3; ++i) {
      const auto start =
          i < 2 ? worker.Await(Kind::kStart) : worker.AwaitStart();
      starts_ns.push_back(start->start().steady_ns());
      if (i < 2) worker.SayStartMissed();
    }
    worker.SayDone();
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  EndScripts();
  ASSERT_EQ(starts_ns.size(), 3u);
  EXPECT_LT(starts_ns[0], starts_ns[1]);
  EXPECT_LT(starts_ns[1], starts_ns[2]);
}

TEST_F(ConductorTest, AWorkerThatMissesEveryStartIsGivenUp) {
  int starts = 0;
  Join([&](FakeWorker& worker) {
    worker.SayHello();
    worker.Await(Kind::kAssignment);
    worker.SayReady();
    while (worker.Await(Kind::kStart)) {
      ++starts;
      worker.SayStartMissed();
    }
    worker.Finish();
  });
  EXPECT_EQ(PlayAll().code(), absl::StatusCode::kDeadlineExceeded);
  EndScripts();
  EXPECT_EQ(starts, 6);
}

TEST_F(ConductorTest, AStartThatOneOfTwoMissedIsMovedForBoth) {
  std::vector<int64_t> first, second;
  Join([&](FakeWorker& worker) {
    worker.SayHello();
    worker.Await(Kind::kAssignment);
    worker.SayReady();
    first.push_back(worker.Await(Kind::kStart)->start().steady_ns());
    worker.SayStartMissed();
    first.push_back(worker.AwaitStart()->start().steady_ns());
    worker.SayDone();
    worker.Finish();
  });
  Join([&](FakeWorker& worker) {
    worker.SayHello();
    worker.Await(Kind::kAssignment);
    worker.SayReady();
    second.push_back(worker.AwaitStart()->start().steady_ns());
    second.push_back(worker.AwaitStart()->start().steady_ns());
    worker.SayDone();
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  EndScripts();
  ASSERT_EQ(first.size(), 2u);
  ASSERT_EQ(second.size(), 2u);
  EXPECT_LT(first[0], first[1]);
  EXPECT_LT(second[0], second[1]);
}

TEST_F(ConductorTest, AnAnswerToAnEarlierStartIsNoneToTheLast) {
  std::vector<int64_t> starts_ns;
  Join([&](FakeWorker& worker) {
    worker.SayHello();
    worker.Await(Kind::kAssignment);
    worker.SayReady();
    starts_ns.push_back(worker.Await(Kind::kStart)->start().steady_ns());
    worker.SayStartMissed();
    wire::WorkerMessage earlier;
    earlier.mutable_start_armed()->set_steady_ns(starts_ns[0]);
    starts_ns.push_back(worker.Await(Kind::kStart)->start().steady_ns());
    worker.Send(earlier);
    worker.SayStartMissed();
    starts_ns.push_back(worker.AwaitStart()->start().steady_ns());
    worker.SayDone();
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  EndScripts();
  EXPECT_EQ(starts_ns.size(), 3u);
}

TEST_F(ConductorTest, WhoMissesEveryStartIsLostAndTheOthersPlay) {
  Join([](FakeWorker& worker) {
    worker.SayHello("late");
    worker.Await(Kind::kAssignment);
    worker.SayReady();
    while (worker.Await(Kind::kStart)) worker.SayStartMissed();
    worker.Finish();
  });
  Join([](FakeWorker& worker) {
    worker.SayHello();
    worker.Await(Kind::kAssignment);
    worker.SayReady();
    for (int i = 0; i < 6; ++i) worker.AwaitStart();
    worker.SayDone();
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  EndScripts();
  for (const RunWorker& worker : conductor_.workers()) {
    EXPECT_EQ(worker.lost(), worker.name == "late");
  }
}

TEST_F(ConductorTest, AnInterruptBeforeTheStartCallsItOff) {
  grpc::Status status;
  bool stopped_now = false;
  Join([&](FakeWorker& worker) {
    worker.SayHello();
    worker.Await(Kind::kAssignment);
    worker.SayReady();
    worker.Await(Kind::kStart);
    interrupts_ = 1;
    const auto stop = worker.Await(Kind::kStop);
    stopped_now = stop && stop->stop().now();
    worker.SayDone();
    status = worker.Finish();
  });
  const absl::Status played = PlayAll();
  EXPECT_EQ(played.code(), absl::StatusCode::kCancelled) << played;
  EXPECT_FALSE(conductor_.workers()[0].lost());
  EndScripts(played);
  EXPECT_TRUE(stopped_now);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::OK);
}

TEST_F(ConductorTest, AWorkerThatHasBegunAtAStartThatWasMovedIsLost) {
  Join([](FakeWorker& worker) {
    worker.PlayUntilStart();
    worker.Await(Kind::kStart);
    worker.SayStartMissed(/*begun=*/true);
    worker.Finish();
  });
  Join([](FakeWorker& worker) {
    worker.SayHello();
    worker.Await(Kind::kAssignment);
    worker.SayReady();
    worker.Await(Kind::kStart);
    worker.SayStartMissed();
    worker.AwaitStart();
    worker.SayDone();
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  EXPECT_EQ(
      std::count_if(conductor_.workers().begin(), conductor_.workers().end(),
                    [](const RunWorker& w) { return w.lost(); }),
      1);
}

TEST_F(ConductorTest, InterruptsBecomeStops) {
  std::vector<bool> stops;
  // Before it ticks, an interrupt calls the start off.
  sink_.on_tick_ = [&] {
    if (interrupts_ == 0) interrupts_ = 1;
  };
  Join([&](FakeWorker& worker) {
    worker.PlayUntilStart();
    while (stops.size() < 2) {
      const auto stop = worker.Await(Kind::kStop);
      if (!stop) return;
      stops.push_back(stop->stop().now());
      interrupts_ = 5;
    }
    worker.SayDone();
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  EXPECT_TRUE(conductor_.interrupted());
  EndScripts();
  EXPECT_EQ(stops, std::vector<bool>({false, true}));
  EXPECT_EQ(sink_.stops_, stops);
}

}  // namespace
}  // namespace invocator
