// What workers may not do, and what comes of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <latch>
#include <memory>
#include <string>
#include <vector>

#include "coordinator/conductor/conductor.h"
#include "proto/fleet.pb.h"
#include "tests/support/conductor_fixture.h"

namespace invocator {
namespace {

using Kind = FakeWorker::Kind;
using testing::HasSubstr;

class ConductorRefusalsTest : public ConductorFixture {};

struct StrangerCase {
  const char* name;
  std::function<void(FakeWorker&)> say;
  grpc::StatusCode code;
  const char* words;
};

TEST_F(ConductorRefusalsTest, StrangersAreTurnedAwayAndHarmNobody) {
  const StrangerCase cases[] = {
      {"no hello", [](FakeWorker& w) { w.SayReady(); },
       grpc::StatusCode::INVALID_ARGUMENT, "expected Hello"},
      {"an empty message", [](FakeWorker& w) { w.Send(wire::WorkerMessage()); },
       grpc::StatusCode::INVALID_ARGUMENT, "expected Hello"},
      {"another protocol",
       [](FakeWorker& w) { w.SayHello("w", kProtocolVersion + 1); },
       grpc::StatusCode::UNIMPLEMENTED, "speaks protocol"},
      // What comes after the refusal finds a stream that is gone.
      {"another protocol, and much to say",
       [](FakeWorker& w) {
         w.SayHello("w", 0);
         for (int i = 0; i < 50; ++i) w.SayReady();
       },
       grpc::StatusCode::UNIMPLEMENTED, "speaks protocol"},
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

TEST_F(ConductorRefusalsTest, WhoComesAfterTheFleetIsCompleteIsTurnedAway) {
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
    worker.AwaitStart();
    worker.SayDone();
    worker.Finish();
  });
  EXPECT_TRUE(PlayAll().ok());
  EXPECT_EQ(conductor_.workers().size(), 1u);
  EXPECT_EQ(late_end.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(late_end.error_message(), HasSubstr("complete"));
}

TEST_F(ConductorRefusalsTest, DismissingReachesWhoHasNotSaidHelloYet) {
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

TEST_F(ConductorRefusalsTest, AFailureIsToldInTheWorkersWords) {
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

TEST_F(ConductorRefusalsTest, AFailureIsOneWhateverItsCode) {
  Join([](FakeWorker& worker) {
    worker.SayHello();
    worker.Await(Kind::kAssignment);
    wire::WorkerMessage message;
    message.mutable_failure();  // code 0 is OK's
    worker.Send(message);
    worker.Finish();
  });
  EXPECT_EQ(GatherAndPrepare().code(), absl::StatusCode::kUnknown);
}

TEST_F(ConductorRefusalsTest, AResultTheSinkRefusesEndsTheRun) {
  sink_.status_ = absl::InvalidArgumentError("no such instance");
  Join([](FakeWorker& worker) {
    worker.PlayUntilStart();
    worker.SayProgress(1, 1);
    worker.Finish();
  });
  EXPECT_EQ(PlayAll(), absl::InvalidArgumentError("worker w no such instance"));
}

using Say = std::function<void(FakeWorker&)>;

struct OrderCase {
  const char* name;
  Say before_ready;  // after the Assignment came
  Say after_start;
};

void SayRecords(FakeWorker& worker, uint64_t number) {
  wire::WorkerMessage message;
  message.mutable_report()->set_number(number);
  message.mutable_report()->mutable_records();
  worker.Send(message);
}

class OutOfOrderTest : public ConductorFixture,
                       public testing::WithParamInterface<OrderCase> {};

void PrintTo(const OrderCase& c, std::ostream* out) { *out << c.name; }

TEST_P(OutOfOrderTest, EndsTheRunAsAnInvalidArgument) {
  grpc::Status end;
  Join([&](FakeWorker& worker) {
    worker.SayHello("east");
    worker.Await(Kind::kAssignment);
    if (GetParam().before_ready) GetParam().before_ready(worker);
    worker.SayReady();
    if (worker.AwaitStart() && GetParam().after_start) {
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
        OrderCase{"a start armed that it was not told",
                  {},
                  [](FakeWorker& w) {
                    wire::WorkerMessage message;
                    message.mutable_start_armed()->set_steady_ns(INT64_MAX);
                    w.Send(message);
                  }},
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

}  // namespace
}  // namespace invocator
