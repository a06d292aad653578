#include "coordinator/conductor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/fake_worker.h"
#include "tests/support/plans.h"
#include "tests/support/scripted_server.h"

namespace invocator {
namespace {

using Kind = FakeWorker::Kind;
using testing::HasSubstr;

constexpr absl::Duration kLong = absl::Seconds(10);
constexpr absl::Duration kShort = absl::Milliseconds(100);

class CountingSink final : public ResultSink {
 public:
  absl::Status OnProgress(size_t worker,
                          const wire::Progress& progress) override {
    for (const auto& delta : progress.instances()) sent_ += delta.sent();
    last_worker_ = worker;
    return status_;
  }
  absl::Status OnRecords(size_t, const wire::RecordBatch& batch) override {
    records_ += batch.instance_size();
    return status_;
  }
  void OnTick(double) override {
    if (on_tick_) on_tick_();
  }
  void OnStop(bool now) override { stops_.push_back(now); }

  absl::Status status_;
  std::function<void()> on_tick_;
  std::vector<bool> stops_;
  uint64_t sent_ = 0;
  int records_ = 0;
  size_t last_worker_ = SIZE_MAX;
};

class ConductorTest : public testing::Test {
 protected:
  ConductorTest() : plan_(PlanOf({ListInstance("f", {1}, 10)}, 10)) {}
  ~ConductorTest() override {
    conductor_.Dismiss(absl::CancelledError("the test has ended"));
    workers_.clear();
  }

  void Join(FakeWorker::Script script) {
    workers_.push_back(std::make_unique<FakeWorker>(fleet_->InProcessChannel(),
                                                    std::move(script)));
  }
  // Ends the streams and waits for the scripts: what they noted can be read.
  void EndScripts(const absl::Status& reason = absl::OkStatus()) {
    conductor_.Dismiss(reason);
    workers_.clear();
  }
  absl::Status Gather() { return conductor_.Gather(workers_.size(), kLong); }
  absl::Status GatherAndPrepare(absl::Duration timeout = kLong) {
    absl::Status status = Gather();
    if (!status.ok()) return status;
    std::vector<std::vector<Share>> partition;
    for (size_t i = 0; i < workers_.size(); ++i) {
      partition.push_back({{0, i, workers_.size()}});
    }
    return conductor_.Prepare(plan_, partition, settings_, timeout);
  }
  absl::Status PlayAll(absl::Duration longest = kLong) {
    absl::Status status = GatherAndPrepare();
    return status.ok() ? conductor_.Play(longest, sink_) : status;
  }

  const SystemSteadyClock clock_;
  std::unique_ptr<Fleet> fleet_ = *Fleet::Create("");
  std::atomic<int> interrupts_ = 0;
  Conductor conductor_{*fleet_, clock_, [this] { return interrupts_.load(); }};
  Plan plan_;
  wire::RunSettings settings_;
  CountingSink sink_;
  std::vector<std::unique_ptr<FakeWorker>> workers_;
};

TEST_F(ConductorTest, ARunFromHelloToDone) {
  plan_.payload_sets = {{std::string(kPayloadChunkBytes + 5, 'x'), "y"}};
  plan_.instances[0].payload_set = 0;
  settings_.set_record_ratio(0.5);
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
    worker.Await(Kind::kStart);
    worker.SayProgress(1, 10);
    worker.SayProgress(2, 5);
    worker.Await(Kind::kAck);
    acked = worker.Await(Kind::kAck)->ack().progress();
    worker.SayDone();
    end = worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  EXPECT_EQ(sink_.sent_, 15u);
  EXPECT_EQ(sink_.last_worker_, 0u);
  const RunWorker& worker = conductor_.workers().at(0);
  EXPECT_EQ(worker.name, "east");
  EXPECT_EQ(worker.threads, 2u);
  EXPECT_TRUE(worker.done->schedule_exhausted());
  EXPECT_EQ(worker.clock.samples(), 16);
  // The same clock on both sides.
  EXPECT_LE(std::abs(worker.clock.offset_ns()),
            worker.clock.uncertainty_ns() + 1);
  EndScripts();
  EXPECT_EQ(assignment.settings().record_ratio(), 0.5);
  EXPECT_EQ(assignment.shares_size(), 1);
  EXPECT_EQ(chunk_bytes, std::vector<size_t>({kPayloadChunkBytes, 5, 1}));
  EXPECT_EQ(acked, 2u);
  EXPECT_TRUE(end.ok()) << end.error_message();
}

struct StrangerCase {
  const char* name;
  std::function<void(FakeWorker&)> say;
  grpc::StatusCode code;
  const char* words;
};

TEST_F(ConductorTest, StrangersAreTurnedAwayAndHarmNobody) {
  const StrangerCase cases[] = {
      {"no hello", [](FakeWorker& w) { w.SayReady(); },
       grpc::StatusCode::INVALID_ARGUMENT, "expected Hello"},
      {"an empty message", [](FakeWorker& w) { w.Send(wire::WorkerMessage()); },
       grpc::StatusCode::INVALID_ARGUMENT, "expected Hello"},
      {"another protocol",
       [](FakeWorker& w) { w.SayHello("w", kProtocolVersion + 1); },
       grpc::StatusCode::FAILED_PRECONDITION, "speaks protocol"},
      // What comes after the refusal finds a stream that is gone.
      {"another protocol, and much to say",
       [](FakeWorker& w) {
         w.SayHello("w", 0);
         for (int i = 0; i < 50; ++i) w.SayReady();
       },
       grpc::StatusCode::FAILED_PRECONDITION, "speaks protocol"},
      {"no name", [](FakeWorker& w) { w.SayHello(""); },
       grpc::StatusCode::INVALID_ARGUMENT, "name"},
      {"a name over two lines", [](FakeWorker& w) { w.SayHello("a\nb"); },
       grpc::StatusCode::INVALID_ARGUMENT, "name"},
      {"a long name", [](FakeWorker& w) { w.SayHello(std::string(256, 'n')); },
       grpc::StatusCode::INVALID_ARGUMENT, "name"},
  };
  std::vector<grpc::Status> ends(std::size(cases));
  std::vector<std::unique_ptr<FakeWorker>> strangers;
  std::latch all_gone(std::size(cases));
  for (size_t i = 0; i < std::size(cases); ++i) {
    strangers.push_back(std::make_unique<FakeWorker>(
        fleet_->InProcessChannel(), [&, i](FakeWorker& worker) {
          cases[i].say(worker);
          ends[i] = worker.Finish();
          all_gone.count_down();
        }));
  }
  Join([&](FakeWorker& worker) {
    all_gone.wait();
    worker.PlayUntilStart();
    worker.SayDone();
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  for (size_t i = 0; i < std::size(cases); ++i) {
    EXPECT_EQ(ends[i].error_code(), cases[i].code) << cases[i].name;
    EXPECT_THAT(ends[i].error_message(), HasSubstr(cases[i].words))
        << cases[i].name;
  }
}

TEST_F(ConductorTest, WhoComesAfterTheFleetIsCompleteIsTurnedAway) {
  grpc::Status late_end;
  Join([&](FakeWorker& worker) {
    worker.SayHello();
    worker.Await(Kind::kAssignment);
    {
      FakeWorker late(fleet_->InProcessChannel(), [&](FakeWorker& second) {
        second.SayHello("late");
        late_end = second.Finish();
      });
    }
    worker.SayReady();
    worker.Await(Kind::kStart);
    worker.SayDone();
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  EXPECT_EQ(conductor_.workers().size(), 1u);
  EXPECT_EQ(late_end.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(late_end.error_message(), HasSubstr("complete"));
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

TEST_F(ConductorTest, DismissingReachesWhoHasNotSaidHelloYet) {
  grpc::Status early, late;
  Join([&](FakeWorker& worker) { early = worker.Finish(); });
  EXPECT_EQ(conductor_.Gather(1, kShort).code(),
            absl::StatusCode::kDeadlineExceeded);
  conductor_.Dismiss(absl::CancelledError("enough"));
  Join([&](FakeWorker& worker) {
    worker.SayHello();
    late = worker.Finish();
  });
  workers_.clear();
  EXPECT_EQ(early.error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(early.error_message(), "enough");
  EXPECT_EQ(late.error_code(), grpc::StatusCode::CANCELLED);
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

TEST_F(ConductorTest, AFailureIsToldInTheWorkersWords) {
  Join([](FakeWorker& worker) {
    worker.SayHello("east");
    worker.Await(Kind::kAssignment);
    wire::WorkerMessage message;
    message.mutable_failure()->set_code(
        static_cast<int>(absl::StatusCode::kResourceExhausted));
    message.mutable_failure()->set_message("too few descriptors");
    worker.Send(message);
    worker.Finish();
  });
  EXPECT_EQ(GatherAndPrepare(),
            absl::ResourceExhaustedError("worker east: too few descriptors"));
}

TEST_F(ConductorTest, AFailureIsOneWhateverItsCode) {
  Join([](FakeWorker& worker) {
    worker.SayHello();
    wire::WorkerMessage message;
    message.mutable_failure();  // code 0 is OK's
    worker.Send(message);
    worker.Finish();
  });
  EXPECT_EQ(GatherAndPrepare().code(), absl::StatusCode::kUnknown);
}

TEST_F(ConductorTest, APlanTooLargeToSendIsRefusedInWords) {
  plan_.instances[0].arrivals.gaps_s.assign(2'200'000, 1e-6);
  Join([](FakeWorker& worker) {
    worker.SayHello();
    worker.Finish();
  });
  const absl::Status status = GatherAndPrepare();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("16777216"));
}

using Say = std::function<void(FakeWorker&)>;

TEST_F(ConductorTest, AWorkerThatLeavesWhileItIsPreparedIsLost) {
  Join([](FakeWorker& worker) {
    worker.SayHello("east");
    worker.Await(Kind::kAssignment);
  });
  EXPECT_EQ(GatherAndPrepare(), absl::UnavailableError("worker east was lost"));
}

TEST_F(ConductorTest, AWorkerThatLeavesWhileItPlaysIsLost) {
  Join([](FakeWorker& worker) {
    worker.PlayUntilStart();
    worker.SayProgress(1, 3);
    worker.Await(Kind::kAck);
  });
  EXPECT_EQ(PlayAll(), absl::UnavailableError("worker w was lost"));
  EXPECT_TRUE(conductor_.workers()[0].lost);
  EXPECT_EQ(sink_.sent_, 3u);
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
      starts_ns.push_back(worker.Await(Kind::kStart)->start().steady_ns());
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

TEST_F(ConductorTest, AStartThatOnlyOneOfTwoMissedEndsTheRun) {
  int starts = 0;
  Join([](FakeWorker& worker) {
    worker.PlayUntilStart();
    worker.SayStartMissed();
    worker.Finish();
  });
  Join([&](FakeWorker& worker) {
    worker.PlayUntilStart();
    ++starts;
    while (worker.Await(Kind::kStart)) ++starts;
    worker.Finish();
  });
  const absl::Status status = PlayAll();
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("too late"));
  EndScripts(status);
  EXPECT_EQ(starts, 1);  // nobody is asked to begin twice
}

TEST_F(ConductorTest, InterruptsBecomeStops) {
  std::vector<bool> stops;
  Join([&](FakeWorker& worker) {
    worker.PlayUntilStart();
    interrupts_ = 1;
    stops.push_back(worker.Await(Kind::kStop)->stop().now());
    interrupts_ = 5;
    stops.push_back(worker.Await(Kind::kStop)->stop().now());
    worker.SayDone();
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  EXPECT_TRUE(conductor_.interrupted());
  EndScripts();
  EXPECT_EQ(stops, std::vector<bool>({false, true}));
  EXPECT_EQ(sink_.stops_, stops);
}

TEST_F(ConductorTest, AResultTheSinkRefusesEndsTheRun) {
  sink_.status_ = absl::InvalidArgumentError("no such instance");
  Join([](FakeWorker& worker) {
    worker.PlayUntilStart();
    worker.SayProgress(1, 1);
    worker.Finish();
  });
  EXPECT_EQ(PlayAll(),
            absl::InvalidArgumentError("worker w: no such instance"));
}

struct OrderCase {
  const char* name;
  Say before_ready;  // after the Assignment came
  Say after_start;
};

void SayRecords(FakeWorker& worker, uint64_t number) {
  wire::WorkerMessage message;
  message.mutable_records()->set_number(number);
  worker.Send(message);
}

class OutOfOrderTest : public ConductorTest,
                       public testing::WithParamInterface<OrderCase> {};

void PrintTo(const OrderCase& c, std::ostream* out) { *out << c.name; }

TEST_P(OutOfOrderTest, EndsTheRunAsAnInvalidArgument) {
  grpc::Status end;
  Join([&](FakeWorker& worker) {
    worker.SayHello("east");
    worker.Await(Kind::kAssignment);
    if (GetParam().before_ready) GetParam().before_ready(worker);
    worker.SayReady();
    if (worker.Await(Kind::kStart) && GetParam().after_start) {
      GetParam().after_start(worker);
    }
    end = worker.Finish();
  });
  const absl::Status status = PlayAll();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("worker east"));
  EndScripts(status);
  EXPECT_EQ(end.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

INSTANTIATE_TEST_SUITE_P(
    Conductor, OutOfOrderTest,
    testing::Values(
        OrderCase{"a second hello", [](FakeWorker& w) { w.SayHello(); }, {}},
        OrderCase{"an empty message",
                  [](FakeWorker& w) { w.Send(wire::WorkerMessage()); },
                  {}},
        OrderCase{"progress before the start",
                  [](FakeWorker& w) { w.SayProgress(1, 1); },
                  {}},
        OrderCase{"records before the start",
                  [](FakeWorker& w) { SayRecords(w, 1); },
                  {}},
        OrderCase{
            "done before the start", [](FakeWorker& w) { w.SayDone(); }, {}},
        OrderCase{"a start missed before there was one",
                  [](FakeWorker& w) { w.SayStartMissed(); },
                  {}},
        OrderCase{"ready twice", [](FakeWorker& w) { w.SayReady(); }, {}},
        OrderCase{"progress out of sequence",
                  {},
                  [](FakeWorker& w) { w.SayProgress(2, 1); }},
        OrderCase{"the same progress again",
                  {},
                  [](FakeWorker& w) {
                    w.SayProgress(1, 1);
                    w.SayProgress(1, 1);
                  }},
        OrderCase{"records out of sequence", {}, [](FakeWorker& w) {
                    SayRecords(w, 7);
                  }}));

TEST(FleetTest, MayGoWhileWorkersAreInTheMiddleOfASentence) {
  auto fleet = *Fleet::Create("");
  std::vector<std::unique_ptr<FakeWorker>> workers;
  for (int i = 0; i < 4; ++i) {
    workers.push_back(std::make_unique<FakeWorker>(
        fleet->InProcessChannel(), [](FakeWorker& worker) {
          // Nobody reads more than the first of these.
          for (int j = 0; j < 20; ++j) worker.SayHello();
          worker.Finish();
        }));
  }
  EXPECT_TRUE(
      fleet->Next(std::chrono::steady_clock::now() + std::chrono::seconds(10)));
  fleet.reset();
  workers.clear();
}

TEST(FleetTest, AnAddressThatCannotBeBoundIsNamed) {
  const ScriptedServer other([](ScriptedServer::Connection&) {});
  const std::string address = other.url().substr(7);
  const auto fleet = Fleet::Create(address);
  EXPECT_EQ(fleet.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(fleet.status().message()), HasSubstr(address));
}

}  // namespace
}  // namespace invocator
